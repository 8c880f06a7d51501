/**
 * Times scoring with credit beside transformers, in one run, and prints the ratios.
 *
 *     deno task bench --help
 *
 * Rounds alternate between all contenders. Ratios are medians over rounds of the one to the other in the same round,
 * so that what else the machine does weighs less. Scores must agree: a fast wrong answer is no answer. A contender
 * that is more than `HOPELESS` times slower than the quickest for one sequence is left out without `--patient`: so is
 * bfloat16 on a processor that has no instructions for it. Without a Python that has torch and transformers only our
 * own side is timed. Workload (e), over HTTP, is that of `serving.ts`.
 *
 * `--out` writes a list of `{"workload", "contender", "dtype", "credit", "tokens_per_second"}`; those of (e) have
 * `requests_per_second` instead, with the share of time beside the model where it is known.
 *
 * @module
 */

import { taskFlags } from "../../src/cli/task.ts";
import type { Engine, ModelDtype } from "../../src/engine/engine.ts";
import { openEngine } from "../../src/engine/open.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { help, text, toggle } from "../../src/settings_readers.ts";
import { findPython, PythonPeer } from "../support/python.ts";
import { encoderTexts, writeEncoder } from "./encoder_workload.ts";
import { onlyFlag, roundsFlag, threadsFlag } from "./flags.ts";
import { benchServing, type ServingResult } from "./serving.ts";
import {
  benchConfig,
  longPrompts,
  shortTexts,
  singleTexts,
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
  readonly dtype: ModelDtype | "bfloat16";
  readonly credit: boolean;
  score(workload: Workload): Promise<Timed>;
}

/** A model, which positions its score is read at, and what is scored with it. */
interface Subject {
  readonly what: string;
  write(directory: string): Promise<void>;
  pooled(ids: Int32Array): number;
  readonly workloads: readonly Workload[];
}

/** What one contender made of a workload, as `--out` has it. */
interface Row {
  readonly workload: string;
  readonly contender: string;
  readonly dtype: string;
  readonly credit: boolean;
  readonly tokens_per_second: number;
}

const subjects: readonly Subject[] = [
  {
    what: "a Llama of 88 million random weights",
    write: (directory) => writeBenchModel(directory, benchConfig),
    pooled: (ids) => ids.length - 1,
    workloads: [shortTexts(), longPrompts(), singleTexts()],
  },
  {
    what: "a BERT of 89 million random weights",
    write: writeEncoder,
    pooled: () => 0,
    workloads: [encoderTexts()],
  },
];

/** Sequences in one forward pass of transformers; the faster one counts. */
const PEER_BATCHES = [4, 8];

/** How many times slower than the quickest a contender may be for one sequence and still be timed. */
const HOPELESS = 4;

/** How far scores may lie from ours in float32. Those of narrower types are only kept from being nonsense. */
const tolerances: Readonly<Record<Contender["dtype"], number>> = {
  float32: 1e-3,
  float16: 0.5,
  bfloat16: 0.5,
  int8: 0.5,
};

const { flags: { rounds, threads, only, patient, out } } = taskFlags({
  name: "bench",
  summary: "times scoring with credit beside transformers, in one run, and prints the ratios",
  flags: {
    rounds: roundsFlag(3),
    only: onlyFlag("a", "b", "c", "d", "e"),
    threads: threadsFlag(),
    patient: toggle().default(false).register(help, {
      description: "time contenders, too, that are much slower than the quickest",
    }),
    out: text().optional().register(help, {
      value: "FILE",
      description: "all rows as JSON",
      unset: "nothing is written",
    }),
  },
});

const rows: unknown[] = [];
for (const subject of subjects) rows.push(...await bench(subject));
if (only === undefined || only === "e") {
  rows.push(...(await benchServing({ rounds, threads, say })).map(servingRow));
}
if (out !== undefined) await Deno.writeTextFile(out, JSON.stringify(rows, null, 2));

/** Every workload of a model that was asked for. */
async function bench(subject: Subject): Promise<Row[]> {
  const workloads = subject.workloads.filter(({ name }) => name.startsWith(`(${only ?? ""}`));
  if (workloads.length === 0) return [];
  const directory = await Deno.makeTempDir({ prefix: "abacus-bench-" });
  try {
    say(`\nwriting ${subject.what} ...`);
    await subject.write(directory);
    await using exact = await open(directory, "float32");
    await using int8 = await open(directory, "int8");
    await using peer = await startPeer(directory);
    const contenders = [
      ours(exact, subject, { credit: true }),
      ours(exact, subject, { credit: false }),
      ours(int8, subject, { credit: true }),
      ...peer === undefined ? [] : theirs(peer),
    ];
    const found: Row[] = [];
    for (const workload of workloads) found.push(...await compare(contenders, workload));
    return found;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function open(directory: string, dtype: ModelDtype): Promise<Engine> {
  // Every layer is rounded: measuring which ones not takes minutes, and tells nothing of random weights.
  const { architecture, graph } = await readBlueprint(directory, { dtype, largestLoss: Infinity });
  return await openEngine(graph, { architecture, device: "cpu", threads, dtype });
}

async function startPeer(directory: string): Promise<PythonPeer | undefined> {
  const python = await findPython(["torch", "transformers"]);
  if (python === undefined) {
    say("no Python with torch and transformers: timing Abacus alone");
    return undefined;
  }
  const script = new URL("transformers_peer.py", import.meta.url);
  const peer = await PythonPeer.start(python, script, [directory, `${threads}`]);
  say(`peer: ${JSON.stringify(peer.greeting)}, ${threads} threads`);
  return peer;
}

/** Abacus, with the credit row or without. */
function ours(engine: Engine, { pooled }: Subject, { credit }: { credit: boolean }): Contender {
  const measure = credit ? ["attention" as const] : [];
  return {
    name: "abacus",
    dtype: engine.facts.dtype,
    credit,
    async score({ sequences }) {
      const started = performance.now();
      const { outputs } = await engine.run(
        sequences.map((ids) => ({ ids, pool: [pooled(ids)], rows: [], measure })),
      );
      const seconds = (performance.now() - started) / 1000;
      return { seconds, scores: outputs.map(({ logits }) => logits[0] ?? NaN) };
    },
  };
}

/** transformers, with attentions as credit needs them and at its fastest without. */
function theirs(peer: PythonPeer): Contender[] {
  const ways = [["eager", "float32"], ["sdpa", "float32"], ["sdpa", "bfloat16"]] as const;
  return ways.map(([how, dtype]) => ({
    name: `transformers ${how}`,
    dtype,
    credit: how === "eager",
    score: quickestBatch((workload, batch) => {
      const sequences = workload.sequences.map((ids) => [...ids]);
      return peer.ask<Timed>({ how, dtype, batch, sequences });
    }),
  }));
}

/** Scores with each of `PEER_BATCHES` at a workload's first time, and with the faster one from then on. */
function quickestBatch(
  score: (workload: Workload, batch: number) => Promise<Timed>,
): (workload: Workload) => Promise<Timed> {
  const chosen = new Map<string, number>();
  return async (workload) => {
    const key = `${workload.name}, ${workload.sequences.length}`;
    let best: Timed | undefined;
    for (const batch of chosen.has(key) ? [chosen.get(key)!] : PEER_BATCHES) {
      const timed = await score(workload, batch);
      if (best !== undefined && best.seconds <= timed.seconds) continue;
      best = timed;
      chosen.set(key, batch);
    }
    return best!;
  };
}

async function compare(all: readonly Contender[], workload: Workload): Promise<Row[]> {
  const tokens = tokensOf(workload);
  const { name: title, sequences } = workload;
  say(`\n${title}: ${sequences.length} sequences, ${tokens} tokens, ${rounds} rounds`);
  const contenders = await worthTiming(all, workload);
  const runs = contenders.map((contender) => ({ contender, timed: [] as Timed[] }));
  for (let round = 1; round <= rounds; round++) {
    for (const { contender, timed } of runs) timed.push(await contender.score(workload));
    const took = runs.map(({ timed }) => timed.at(-1)!.seconds.toFixed(2)).join(", ");
    say(`  round ${round}: ${took} s`);
  }
  const first = runs[0]?.timed ?? [];
  return runs.map(({ contender, timed }) => {
    const { name, dtype, credit } = contender;
    const seconds = median(timed.map((each) => each.seconds));
    const ratio = median(timed.map((each, i) => each.seconds / first[i]!.seconds));
    const gap = largestGap(first[0]?.scores ?? [], timed[0]?.scores ?? []);
    const what = fullName(contender);
    say(
      `  ${what.padEnd(44)} ${seconds.toFixed(2).padStart(7)} s ${
        (tokens / seconds).toFixed(0).padStart(6)
      } tokens/s   ${ratio.toFixed(2).padStart(5)} x   scores within ${gap.toExponential(1)}`,
    );
    if (!(gap < tolerances[dtype])) {
      throw new Error(`Cannot compare as ${what} scores otherwise, by ${gap}`);
    }
    return { workload: title, contender: name, dtype, credit, tokens_per_second: tokens / seconds };
  });
}

/** Warms every contender up, and leaves out those which take far longer than the quickest for one sequence. */
async function worthTiming(
  contenders: readonly Contender[],
  { name, sequences }: Workload,
): Promise<Contender[]> {
  for (const { score } of contenders) await score({ name, sequences: sequences.slice(0, 1) });
  const one = { name, sequences: sequences.slice(-1) };
  const seconds: number[] = [];
  for (const { score } of contenders) seconds.push((await score(one)).seconds);
  const quickest = Math.min(...seconds);
  return contenders.filter((contender, i) => {
    if (patient || seconds[i]! <= HOPELESS * quickest) return true;
    const perS = (tokensOf(one) / seconds[i]!).toFixed(0);
    const times = (seconds[i]! / quickest).toFixed(1);
    say(`  ${fullName(contender)} is left out: ${perS} tokens/s for one sequence, ${times} x`);
    return false;
  });
}

function fullName({ name, dtype, credit }: Contender): string {
  return `${name} ${dtype}${credit ? " with credit" : ""}`;
}

function tokensOf({ sequences }: Workload): number {
  return sequences.reduce((sum, ids) => sum + ids.length, 0);
}

function servingRow({ workload, contender, requestsPerS, besideModel }: ServingResult): unknown {
  return {
    workload,
    contender,
    dtype: "float32",
    credit: contender.startsWith("abacus"),
    requests_per_second: requestsPerS,
    ...besideModel === undefined ? {} : { beside_model: besideModel },
  };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? NaN;
}

function largestGap(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((score, i) => Math.abs(score - (b[i] ?? NaN))));
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}
