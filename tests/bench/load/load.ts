/**
 * Load: one-sample posts, as trainers send them, at a server that is started for it.
 *
 *     deno task bench:load [--posts 2000] [--in-flight 256] [--model DIR] [--words N] [--rounds 3] [-- FLAGS]
 *
 * Prints requests per second, the median and the 99th percentile of their times, and the part of a core that
 * this process took itself: the server had the rest. FLAGS are for `serve`. Fails where a post fails.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { startServer } from "../../e2e/program.ts";
import { seeded } from "../seeded.ts";
import { writePost } from "./connection.ts";
import { quantileMs, type Round, roundOf } from "./round.ts";
import { review } from "./texts.ts";

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    posts: { type: "string", default: "2000" },
    "in-flight": { type: "string", default: "256" },
    rounds: { type: "string", default: "3" },
    model: { type: "string" },
    words: { type: "string" },
  },
});
await bench();

async function bench(): Promise<void> {
  const model = values.model === undefined ? [] : [`--model=${values.model}`];
  await using server = await startServer([
    "--log=off",
    "--exit-with-stdin",
    ...model,
    ...positionals,
  ]);
  const url = new URL(server.url);
  const random = seeded(1);
  const length = values.words === undefined ? undefined : Number(values.words);
  const posts = Array.from({ length: Number(values.posts) }, () =>
    writePost(url, "/v1/rewards", {
      items: [{ prompt: "The movie was", completions: [review(random, length)] }],
    }));
  const inFlight = Number(values["in-flight"]);
  say(`${posts.length} posts of one completion, ${inFlight} in flight`);
  await roundOf(url, posts.slice(0, 2 * inFlight), inFlight); // a first, to warm up
  for (let round = 0; round < Number(values.rounds); round++) {
    report(await roundOf(url, posts, inFlight));
  }
}

function report(round: Round): void {
  const { requestsPerS, ownCores } = round;
  const at = (part: number) => quantileMs(round, part).toFixed(1);
  say(
    `${requestsPerS.toFixed(0)} requests/s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, no error; ` +
      `the load itself took ${ownCores.toFixed(2)} cores`,
  );
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
