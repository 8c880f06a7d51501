/**
 * Rotary position embedding (RoPE, arXiv 2104.09864) and the ways checkpoints stretch it.
 *
 * @module
 */

import { cast, cos, div, max, mul, pow, reshape, rotaryEmbedding, sin, sub } from "../onnx/ops.ts";
import type { Graph } from "../onnx/graph.ts";
import type { Value } from "../onnx/value.ts";

/** How positions become angles. */
export type RotaryScaling =
  | { readonly kind: "default" }
  | { readonly kind: "linear"; readonly factor: number }
  | {
    /** Llama 3.1: low frequencies are stretched, high ones kept, those between blended. */
    readonly kind: "llama3";
    readonly factor: number;
    readonly lowFrequencyFactor: number;
    readonly highFrequencyFactor: number;
    readonly originalContext: number;
  }
  | {
    /** NTK-aware: the base grows with the length of the sequence once it passes `originalContext`. */
    readonly kind: "dynamic";
    readonly factor: number;
    readonly originalContext: number;
  };

/** Extents and scaling of a family's rotary embedding. */
export interface Rotary {
  /** Columns of one head; all of them are rotated. */
  readonly width: number;
  readonly base: number;
  readonly scaling: RotaryScaling;
}

/** Cosines and sines per token, `[tokens, width / 2]`. */
export interface RotaryTables {
  readonly cos: Value;
  readonly sin: Value;
}

/**
 * Angles of every token.
 *
 * @param tokens positions and, for `dynamic`, the length of the sequence of each token: `int64[tokens]`
 */
export function rotaryTables(
  tokens: { positions: Value; lengths: () => Value },
  rotary: Rotary,
): RotaryTables {
  const column = reshape(asFloat(tokens.positions), [{ rest: "tokens" }, 1]);
  const angles = mul(column, inverseFrequencies(tokens, rotary)); // [tokens, width / 2]
  return { cos: cos(angles), sin: sin(angles) };
}

/**
 * Rotates the heads of `x`, `[rows, heads * width]`.
 *
 * @param at the token of each row, `[1, rows]`
 */
export function rotate(
  x: Value,
  { tables, at, heads }: { tables: RotaryTables; at: Value; heads: number },
): Value {
  const columns = x.dim(1);
  if (typeof columns !== "number") throw new TypeError("Cannot rotate heads of unknown width");
  const rows = { rest: `${x.dim(0)}` };
  const batch = reshape(x, [1, rows, columns]);
  return reshape(rotaryEmbedding(batch, { ...tables, rows: at }, heads), [rows, columns]);
}

/** Radians per position, `[width / 2]`, or `[tokens, width / 2]` where they depend on the sequence. */
function inverseFrequencies(
  tokens: { positions: Value; lengths: () => Value },
  rotary: Rotary,
): Value {
  if (rotary.scaling.kind === "dynamic") return dynamicFrequencies(tokens.lengths(), rotary);
  const data = scaledFrequencies(rotary);
  return constant(tokens.positions.graph, data);
}

/** The frequencies of a scaling that does not depend on the sequence. */
export function scaledFrequencies({ width, base, scaling }: Rotary): readonly number[] {
  const plain = Array.from({ length: width / 2 }, (_, i) => base ** (-2 * i / width));
  switch (scaling.kind) {
    case "linear":
      return plain.map((frequency) => frequency / scaling.factor);
    case "llama3":
      return plain.map((frequency) => blend(frequency, scaling));
    case "default":
    case "dynamic":
      return plain;
  }
}

/** Llama 3.1's rule: by how many turns a frequency makes over the original context. */
function blend(
  frequency: number,
  scaling: Extract<RotaryScaling, { kind: "llama3" }>,
): number {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high } = scaling;
  const turns = scaling.originalContext * frequency / (2 * Math.PI);
  if (turns < low) return frequency / factor;
  if (turns > high) return frequency;
  const share = (turns - low) / (high - low);
  return (1 - share) * frequency / factor + share * frequency;
}

/**
 * Each sequence has its own base, from its own length rather than the longest of the batch, so that a
 * sequence scores the same in any company (law 2).
 */
function dynamicFrequencies(lengths: Value, { width, base, scaling }: Rotary): Value {
  if (scaling.kind !== "dynamic") throw new TypeError(`Cannot scale "${scaling.kind}" dynamically`);
  const { factor, originalContext } = scaling;
  const reached = max(reshape(asFloat(lengths), [{ rest: "tokens" }, 1]), originalContext);
  const stretch = sub(mul(div(reached, originalContext), factor), factor - 1);
  const bases = mul(pow(stretch, width / (width - 2)), base); // [tokens, 1]
  const powers = Array.from({ length: width / 2 }, (_, i) => -2 * i / width);
  return pow(bases, constant(lengths.graph, powers));
}

function constant(graph: Graph, data: readonly number[]): Value {
  return graph.root.constant({ dtype: "float32", shape: [data.length], data });
}

function asFloat(x: Value): Value {
  return cast(x, "float32");
}
