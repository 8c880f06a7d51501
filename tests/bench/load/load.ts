/**
 * Load: one-sample posts, as trainers send them, at a server that is started for it.
 *
 *     deno task bench:load --help
 *
 * Prints requests per second, the median and the 99th percentile of their times, and the part of a core that
 * this process took itself: the server had the rest. Fails where a post fails.
 *
 * @module
 */

import { taskFlags } from "../../../src/cli/task.ts";
import { help, integer, text } from "../../../src/settings_readers.ts";
import { startServer } from "../../e2e/program.ts";
import { roundsFlag } from "../flags.ts";
import { seeded } from "../seeded.ts";
import { writePost } from "./connection.ts";
import { quantileMs, type Round, roundOf } from "./round.ts";
import { review } from "./texts.ts";

const { flags, others } = taskFlags({
  name: "bench:load",
  summary:
    "one-sample posts at a server that is started for it; words behind -- are flags of serve",
  others: true,
  flags: {
    posts: integer(1, 1_000_000).default(2_000).register(help, {
      value: "N",
      description: "requests of a round",
    }),
    inFlight: integer(1, 10_000).default(256).register(help, {
      value: "N",
      description: "requests at once",
    }),
    rounds: roundsFlag(3),
    model: text().optional().register(help, {
      value: "DIR",
      description: "directory of the reward model",
      unset: "the bundled movie-reward",
    }),
    words: integer(1, 100_000).optional().register(help, {
      value: "N",
      description: "words of each completion",
      unset: "as many as snippets of reviews have",
    }),
  },
});
await bench(flags);

async function bench(
  { model, words, posts: count, inFlight, rounds }: typeof flags,
): Promise<void> {
  const named = model === undefined ? [] : [`--model=${model}`];
  await using server = await startServer([
    "--log=off",
    "--exit-with-stdin",
    ...named,
    ...others,
  ]);
  const url = new URL(server.url);
  const random = seeded(1);
  const posts = Array.from({ length: count }, () =>
    writePost(url, "/v1/rewards", {
      items: [{ prompt: "The movie was", completions: [review(random, words)] }],
    }));
  say(`${posts.length} posts of one completion, ${inFlight} in flight`);
  await roundOf(url, posts.slice(0, 2 * inFlight), inFlight); // a first, to warm up
  for (let round = 0; round < rounds; round++) {
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
