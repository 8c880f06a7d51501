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
import process from "node:process";
import { startServer } from "../../e2e/program.ts";
import { seeded } from "../seeded.ts";
import { Connection, writePost } from "./connection.ts";
import { review } from "./texts.ts";

/** What one round came to. */
interface Round {
  readonly requestsPerS: number;
  /** Of each post, ascending. */
  readonly timesMs: readonly number[];
  /** Cores that this process kept busy. */
  readonly ownCores: number;
}

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
  await using server = await startServer(["--log=off", ...model, ...positionals]);
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

async function roundOf(url: URL, posts: readonly Uint8Array[], inFlight: number): Promise<Round> {
  const timesMs: number[] = [];
  const waiting = posts.values();
  const worker = async () => {
    using connection = new Connection(url);
    for (const post of waiting) {
      const started = performance.now();
      const { status, body } = await connection.send(post);
      timesMs.push(performance.now() - started);
      if (status !== 200) throw new Error(`a post was answered ${status}: ${body}`);
    }
  };
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  await Promise.all(Array.from({ length: inFlight }, worker));
  const seconds = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    requestsPerS: posts.length / seconds,
    timesMs: timesMs.toSorted((one, other) => one - other),
    ownCores: (user + system) / 1e6 / seconds,
  };
}

function report({ requestsPerS, timesMs, ownCores }: Round): void {
  const at = (part: number) => timesMs[Math.ceil(part * timesMs.length) - 1]?.toFixed(1);
  say(
    `${requestsPerS.toFixed(0)} requests/s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, no error; ` +
      `the load itself took ${ownCores.toFixed(2)} cores`,
  );
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
