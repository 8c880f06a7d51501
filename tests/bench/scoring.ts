/**
 * Times scoring with credit beside transformers, in one run, and prints the ratios.
 *
 *     deno task bench [--rounds N] [--only a|b|e] [--threads N] [--out FILE]
 *
 * Rounds alternate between the two, medians are compared, and the scores must agree: a fast wrong
 * answer is no answer. Without a Python that has torch and transformers only our own side is timed.
 * Workload (e), over HTTP, is that of `serving.ts`; `--out` writes its results as JSON.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { architectureOf } from "../../src/architectures/registry.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { scoringGraph } from "../../src/engine/passes/scoring.ts";
import { openEngine } from "../../src/engine/open.ts";
import { Ledger } from "../../src/weights/ledger.ts";
import { openCheckpoint } from "../../src/weights/open.ts";
import { findPython, PythonPeer } from "../support/python.ts";
import { benchServing } from "./serving.ts";
import {
  benchConfig,
  longPrompts,
  shortTexts,
  type Workload,
  writeBenchModel,
} from "./workload.ts";

interface Timed {
  readonly seconds: number;
  readonly scores: readonly number[];
}

/** One way to score a workload. */
interface Contender {
  readonly name: string;
  score(workload: Workload): Promise<Timed>;
}

/** Sequences in one forward pass of transformers; the faster one counts. */
const PEER_BATCHES = [4, 8];

const { values } = parseArgs({
  args: Deno.args,
  options: {
    rounds: { type: "string" },
    only: { type: "string" },
    threads: { type: "string" },
    out: { type: "string" },
  },
});
const [rounds, only] = [Number(values.rounds ?? 3), values.only ?? ""];
const threads = Number(values.threads ?? navigator.hardwareConcurrency);
if (only !== "e") await bench(rounds, only);
const serving = only === "" || only === "e" ? await benchServing({ rounds, threads, say }) : [];
if (values.out !== undefined) {
  await Deno.writeTextFile(values.out, JSON.stringify({ serving }, null, 2));
}

async function bench(rounds: number, only: string): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "abacus-bench-" });
  try {
    say("writing 88 million random weights ...");
    await writeBenchModel(directory, benchConfig);
    await using engine = await open(directory, threads);
    const python = await findPython(["torch", "transformers"]);
    if (python === undefined) say("no Python with torch and transformers: timing Abacus alone");
    await using peer = python === undefined
      ? undefined
      : await PythonPeer.start(python, new URL("transformers_peer.py", import.meta.url), [
        directory,
        `${threads}`,
      ]);
    if (peer !== undefined) say(`peer: ${JSON.stringify(peer.greeting)}, ${threads} threads`);
    const workloads = [shortTexts(), longPrompts()].filter(({ name }) =>
      name.startsWith(`(${only}`)
    );
    for (const workload of workloads) {
      await compare(
        [...ours(engine), ...(peer === undefined ? [] : theirs(peer))],
        workload,
        rounds,
      );
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function open(directory: string, threads: number): Promise<Engine> {
  const architecture = architectureOf(benchConfig);
  const graph = scoringGraph(architecture, new Ledger(await openCheckpoint(directory)));
  return await openEngine(graph, { architecture, device: "cpu", threads });
}

/** Abacus, with the credit row and without. */
function ours(engine: Engine): Contender[] {
  return [["attention" as const], []].map((measure) => ({
    name: measure.length > 0 ? "abacus with credit" : "abacus scores only",
    async score({ sequences }) {
      const started = performance.now();
      const { outputs } = await engine.run(
        sequences.map((ids) => ({ ids, pool: [ids.length - 1], rows: [], measure })),
      );
      const seconds = (performance.now() - started) / 1000;
      return { seconds, scores: outputs.map(({ logits }) => logits[0] ?? NaN) };
    },
  }));
}

/** transformers, with attentions as credit needs them and at its fastest without. */
function theirs(peer: PythonPeer): Contender[] {
  return ["eager", "sdpa"].map((how) => ({
    name: `transformers ${how}${how === "eager" ? " with attentions" : ", no attentions"}`,
    async score(workload) {
      const timings: Timed[] = [];
      for (const batch of PEER_BATCHES) {
        const sequences = workload.sequences.map((ids) => [...ids]);
        timings.push(await peer.ask<Timed>({ how, batch, sequences }));
      }
      return timings.reduce((best, each) => each.seconds < best.seconds ? each : best);
    },
  }));
}

async function compare(
  contenders: readonly Contender[],
  workload: Workload,
  rounds: number,
): Promise<void> {
  const tokens = workload.sequences.reduce((sum, ids) => sum + ids.length, 0);
  say(
    `\n${workload.name}: ${workload.sequences.length} sequences, ${tokens} tokens, ${rounds} rounds`,
  );
  const runs = new Map<string, Timed[]>(contenders.map(({ name }) => [name, []]));
  await contenders[0]?.score(workload); // warm
  for (let round = 0; round < rounds; round++) {
    for (const { name, score } of contenders) runs.get(name)?.push(await score(workload));
  }
  const [first] = [...runs.values()];
  const reference = first?.[0]?.scores ?? [];
  const fastest = median(first ?? []);
  for (const [name, timed] of runs) {
    const seconds = median(timed);
    const gap = largestGap(reference, timed[0]?.scores ?? []);
    say(
      `  ${name.padEnd(36)} ${seconds.toFixed(2).padStart(7)} s ${
        (tokens / seconds).toFixed(0).padStart(6)
      } tokens/s   ${(seconds / fastest).toFixed(2).padStart(5)} x   scores within ${
        gap.toExponential(1)
      }`,
    );
    if (!(gap < 1e-3)) throw new Error(`Cannot compare as ${name} scores otherwise, by ${gap}`);
  }
}

function median(timed: readonly Timed[]): number {
  const sorted = timed.map(({ seconds }) => seconds).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function largestGap(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((score, i) => Math.abs(score - (b[i] ?? NaN))));
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}
