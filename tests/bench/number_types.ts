/**
 * Times scoring with credit in int8 beside float32, in alternation, on a Llama of 88 million random weights and on
 * the bundled models/movie-reward, and prints the median of the ratios.
 *
 *     deno task bench:dtypes --help
 *
 * @module
 */

import { taskFlags } from "../../src/cli/task.ts";
import { openEngine } from "../../src/engine/open.ts";
import type { Engine, Query } from "../../src/engine/engine.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { onlyFlag, roundsFlag, threadsFlag } from "./flags.ts";
import {
  benchConfig,
  longPrompts,
  shortTexts,
  type Workload,
  writeBenchModel,
} from "./workload.ts";

const { flags: { rounds, threads, only } } = taskFlags({
  name: "bench:dtypes",
  summary: "times scoring with credit in int8 beside float32, in alternation",
  flags: { rounds: roundsFlag(5), threads: threadsFlag(), only: onlyFlag("a", "b", "m") },
});

const directory = await Deno.makeTempDir({ prefix: "abacus-bench-" });
try {
  await writeBenchModel(directory, benchConfig);
  const movie = shortTexts();
  const workloads: readonly [string, Workload][] = [
    [directory, shortTexts()],
    [directory, longPrompts()],
    ["models/movie-reward", { ...movie, name: `(m) movie-reward, ${movie.name}` }],
  ];
  for (const [model, workload] of workloads) {
    if (workload.name.startsWith(`(${only ?? ""}`)) await compare(model, workload);
  }
} finally {
  await Deno.remove(directory, { recursive: true });
}

async function compare(model: string, { name, sequences }: Workload): Promise<void> {
  await using exact = await open(model, "float32");
  await using int8 = await open(model, "int8");
  const tokens = sequences.reduce((sum, ids) => sum + ids.length, 0);
  await seconds(exact, sequences);
  await seconds(int8, sequences);
  const timed: [number, number][] = [];
  for (let round = 0; round < rounds; round++) {
    timed.push([await seconds(exact, sequences), await seconds(int8, sequences)]);
  }
  const rate = (which: 0 | 1) => (tokens / median(timed.map((each) => each[which]))).toFixed(0);
  const ratio = median(timed.map(([exact, int8]) => exact / int8)).toFixed(2);
  const line = `${name}, ${threads} threads: float32 ${rate(0)} tokens/s, int8 ${
    rate(1)
  }, ${ratio} x`;
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

async function open(model: string, dtype: "float32" | "int8"): Promise<Engine> {
  const { architecture, graph } = await readBlueprint(model, {
    dtype,
    cache: `${directory}/cache`,
    largestLoss: Infinity, // random weights would lose more than real ones
  });
  return await openEngine(graph, { architecture, device: "cpu", threads });
}

async function seconds(engine: Engine, sequences: readonly Int32Array[]): Promise<number> {
  const queries = sequences.map((ids): Query => ({
    ids,
    pool: [ids.length - 1],
    rows: [],
    measure: ["attention"],
  }));
  const started = performance.now();
  await engine.run(queries);
  return (performance.now() - started) / 1000;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? NaN;
}
