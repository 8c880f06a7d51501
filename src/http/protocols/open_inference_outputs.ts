/**
 * The outputs of the Open Inference Protocol: what was scored as tensors, one line each.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import type { Scored, ScoredCompletion } from "../../scorer/scored.ts";
import type { Tensor } from "./binary_tensors.ts";

/** Elements of an output, padding included. */
const MOST_ELEMENTS = 2 ** 22;

/** Outputs that are vectors: one number per sample. */
const perSample = {
  score: ["FP64", ({ score }: ScoredCompletion) => score],
  unassigned: ["FP64", ({ offset = 0 }: ScoredCompletion) => offset],
  token_count: ["INT64", ({ rewards }: ScoredCompletion) => rewards.length],
} as const;

/** Outputs that are matrices: one number per token of each sample. */
const perToken = {
  token_rewards: ["FP64", ({ rewards }: ScoredCompletion) => [...rewards]],
  token_ids: ["INT64", ({ tokenIds = new Int32Array() }: ScoredCompletion) => [...tokenIds]],
  token_starts: ["INT64", ({ offsets = [] }: ScoredCompletion) => offsets.map(([start]) => start)],
  token_ends: ["INT64", ({ offsets = [] }: ScoredCompletion) => offsets.map(([, end]) => end)],
} as const;

/** Outputs of models that score steps: one number per step of each sample. */
const perStep = {
  step_scores: ["FP64", ({ steps = [] }: ScoredCompletion) => steps.map(({ score }) => score)],
  step_ends: ["INT64", ({ steps = [] }: ScoredCompletion) => steps.map(({ end = -1 }) => end)],
} as const;

const vectors = {
  ...perSample,
  step_count: ["INT64", ({ steps = [] }: ScoredCompletion) => steps.length],
} as const;

const matrices = { ...perToken, ...perStep } as const;

/** The name of an output. */
export type OutputName = keyof typeof vectors | keyof typeof matrices;

/** The names of the outputs. Object.keys knows its argument's keys as strings only. */
export const outputNames = [...Object.keys(vectors), ...Object.keys(matrices)] as OutputName[];

/** The outputs of a model: those of steps only where it scores steps. */
export function namesOf({ task }: { task: "sequence" | "token" }): readonly OutputName[] {
  return outputNames.filter((name) => task === "token" || !name.startsWith("step_"));
}

/** The task that the replies of a model tell. */
export function taskOf({ completions }: Scored): "sequence" | "token" {
  return completions.some(({ steps }) => steps !== undefined) ? "token" : "sequence";
}

/** What a model's metadata say of an output; -1 stands for an extent that depends on the request. */
export function outputFact(name: OutputName) {
  return name in vectors
    ? { name, datatype: vectors[name as keyof typeof vectors][0], shape: [-1] }
    : { name, datatype: matrices[name as keyof typeof matrices][0], shape: [-1, -1] };
}

/** An output in row-major order; a row that is shorter than the longest is padded with 0. */
export function tensorOf(name: OutputName, { completions }: Scored): Tensor {
  const samples = completions.length;
  if (name in vectors) {
    const [datatype, value] = vectors[name as keyof typeof vectors];
    return { name, datatype, shape: [samples], data: completions.map(value) };
  }
  const [datatype, values] = matrices[name as keyof typeof matrices];
  const rows = completions.map(values);
  const width = Math.max(0, ...rows.map(({ length }) => length));
  if (samples * width > MOST_ELEMENTS) throw tooSparse(samples, width);
  const data = rows.flatMap((row) => [...row, ...Array(width - row.length).fill(0)]);
  return { name, datatype, shape: [samples, width], data };
}

/** One long sample among many short ones would make a matrix of nearly nothing but 0. */
function tooSparse(samples: number, width: number): AbacusError {
  return new AbacusError(
    "too_large",
    `Cannot reply as a tensor may have at most ${MOST_ELEMENTS} elements (send fewer samples at a ` +
      `time, or ask for the score alone): received ${samples} samples of up to ${width} tokens`,
  );
}
