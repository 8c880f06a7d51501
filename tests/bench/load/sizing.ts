/**
 * Sizing: how many one-sample posts a second models of some sizes serve on this machine, for docs/serving.md.
 *
 *     deno task bench:sizing --help
 *
 * The models have random weights and the bundled model's tokenizer; completions have about 30 and 250 tokens.
 *
 * @module
 */

import { taskFlags } from "../../../src/cli/task.ts";
import { join } from "node:path";
import { help, integer } from "../../../src/settings_readers.ts";
import { startServer } from "../../e2e/program.ts";
import { seeded } from "../seeded.ts";
import { benchConfig, writeBenchModel } from "../workload.ts";
import { Connection, writePost } from "./connection.ts";
import { quantileMs, roundOf } from "./round.ts";
import { review } from "./texts.ts";

const bundled = new URL("../../../models/movie-reward/", import.meta.url).pathname;

/** Sizes in the blocks of a Llama; the bundled model has 1.8 million there. */
const sizes = [
  { hidden_size: 512, intermediate_size: 1376, num_hidden_layers: 8, num_attention_heads: 8 },
  { hidden_size: 768, intermediate_size: 2048, num_hidden_layers: 12, num_attention_heads: 12 },
  { hidden_size: 1024, intermediate_size: 2816, num_hidden_layers: 32, num_attention_heads: 16 },
];

/** Of the largest model fewer: with 64 long texts in flight each would wait for longer than the server's deadline. */
const inFlightOf = (millions: number): number => millions < 100 ? 64 : 16;

const { flags, others } = taskFlags({
  name: "bench:sizing",
  summary: "how many requests models of several sizes answer; words behind -- are flags of serve",
  others: true,
  flags: {
    seconds: integer(1, 3_600).default(20).register(help, {
      value: "S",
      description: "time for each line",
    }),
  },
});
await bench(flags.seconds);

async function bench(seconds: number): Promise<void> {
  say("| million weights | words | in flight | requests/s | tokens/s | p50 ms | p99 ms |");
  say("| --- | --- | --- | --- | --- | --- | --- |");
  await measure(bundled, 1.8, seconds);
  for (const size of sizes) {
    const directory = await Deno.makeTempDir({ prefix: "abacus-sizing-" });
    try {
      await writeModel(directory, size);
      const { hidden_size: hidden, intermediate_size: inner, num_hidden_layers: layers } = size;
      const weights = layers * (4 * hidden * hidden + 3 * hidden * inner);
      await measure(directory, Math.round(weights / 1e6), seconds);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  }
}

async function writeModel(directory: string, size: typeof sizes[number]): Promise<void> {
  await writeBenchModel(directory, {
    ...benchConfig,
    ...size,
    num_key_value_heads: size.num_attention_heads,
    vocab_size: 8192,
  });
  for (const name of ["tokenizer.json", "tokenizer_config.json"]) {
    await Deno.copyFile(join(bundled, name), join(directory, name));
  }
}

async function measure(model: string, millions: number, seconds: number): Promise<void> {
  const fixed = ["--log=off", "--exit-with-stdin", `--model=${model}`];
  await using server = await startServer([...fixed, ...others]);
  const url = new URL(server.url);
  const random = seeded(2);
  const inFlight = inFlightOf(millions);
  for (const words of [28, 240]) {
    const post = () =>
      writePost(url, "/v1/rewards", {
        items: [{ prompt: "The movie was", completions: [review(random, words)] }],
      });
    const first = await roundOf(url, Array.from({ length: inFlight }, post), inFlight);
    const count = Math.max(2 * inFlight, Math.ceil(first.requestsPerS * seconds));
    const round = await roundOf(url, Array.from({ length: count }, post), inFlight);
    const tokens = round.requestsPerS * await tokensOf(url, post());
    const [p50, p99] = [0.5, 0.99].map((part) => quantileMs(round, part).toFixed(0));
    say(
      `| ${millions} | ${words} | ${inFlight} | ${round.requestsPerS.toFixed(1)} | ` +
        `${tokens.toFixed(0)} | ${p50} | ${p99} |`,
    );
  }
}

async function tokensOf(url: URL, post: Uint8Array): Promise<number> {
  using connection = new Connection(url);
  const { body } = await connection.send(post);
  return JSON.parse(body).usage.tokens;
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
