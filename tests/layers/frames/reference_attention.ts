/**
 * Causal attention, written out: the reference for what tiles compute.
 *
 * @module
 */

import type { AttentionSpec } from "../../../src/layers/frames/frame.ts";

/** A matrix, row-major. */
export interface Matrix {
  readonly columns: number;
  readonly data: ArrayLike<number>;
}

/** One query and what it may attend to, by row number. */
export interface Seeing {
  readonly query: number;
  readonly keys: readonly number[];
}

/** Softmax attention of one query (arXiv 1706.03762, equation 1), head by head. */
export function paddedAttention(
  { queries, keys, values }: { queries: Matrix; keys: Matrix; values: Matrix },
  heads: AttentionSpec,
  seeing: Seeing,
): { output: number[]; weights: number[] } {
  const { width } = heads;
  const perHead = Array.from({ length: heads.heads }, (_, head) => {
    const group = Math.floor(head * heads.kvHeads / heads.heads);
    const query = part(queries, seeing.query, head * width, width);
    const scores = seeing.keys.map((key) =>
      heads.scale * dot(query, part(keys, key, group * width, width))
    );
    const weights = softmax(scores);
    const output = Array.from({ length: width }, (_, column) =>
      weights.reduce((sum, weight, i) => {
        return sum + weight * part(values, seeing.keys[i]!, group * width, width)[column]!;
      }, 0));
    return { weights, output };
  });
  return {
    output: perHead.flatMap(({ output }) => output),
    weights: seeing.keys.map((_, i) =>
      perHead.reduce((sum, { weights }) => sum + weights[i]!, 0) / heads.heads
    ),
  };
}

function part({ columns, data }: Matrix, row: number, from: number, width: number): number[] {
  return Array.from({ length: width }, (_, i) => data[row * columns + from + i]!);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, each, i) => sum + each * b[i]!, 0);
}

function softmax(scores: readonly number[]): number[] {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
