/**
 * Rotary position embedding (RoPE, arXiv 2104.09864) and the ways checkpoints stretch it.
 *
 * @module
 */

import {
  add,
  cast,
  cos,
  div,
  gather,
  max,
  mul,
  pow,
  reshape,
  rotaryEmbedding,
  sin,
  sub,
} from "../onnx/ops.ts";
import type { Graph } from "../onnx/graph.ts";
import { describe, type Value } from "../onnx/value.ts";

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
  /** The longest sequence. */
  readonly context: number;
  readonly scaling: RotaryScaling;
}

/** Cosines and sines per token, `[tokens, width / 2]`. */
export interface RotaryTables {
  readonly cos: Value;
  readonly sin: Value;
}

/** The places of tokens in their sequences, as inputs of the graph. */
export interface TokenPositions {
  /** The position of each token in its sequence, `int32[tokens]`. */
  readonly positions: Value;
  /** The length of each token's sequence, `int32[tokens]`; only `dynamic` scaling uses it. */
  readonly lengths: () => Value;
}

/** Cosines and sines of every token's angles. */
export function rotaryTables(tokens: TokenPositions, rotary: Rotary): RotaryTables {
  if (rotary.scaling.kind === "dynamic") return dynamicTables(tokens, rotary);
  const coarse = div(tokens.positions, STRIDE);
  const fine = sub(tokens.positions, mul(coarse, STRIDE));
  const frequencies = scaledFrequencies(rotary);
  const steps = Math.ceil(rotary.context / STRIDE);
  const a = lookUp(coarse, Array.from({ length: steps }, (_, i) => i * STRIDE), frequencies);
  const b = lookUp(fine, Array.from({ length: STRIDE }, (_, i) => i), frequencies);
  return {
    cos: sub(mul(a.cos, b.cos), mul(a.sin, b.sin)),
    sin: add(mul(a.sin, b.cos), mul(a.cos, b.sin)),
  };
}

/**
 * Angles are looked up and added, not computed: a GPU's own cosine may be off by 2^-11. Two tables, of
 * every `STRIDE`th position and of the positions between, hold any context in little space.
 */
const STRIDE = 256;

/** Rows of the tables of some positions. */
function lookUp(
  index: Value,
  positions: readonly number[],
  frequencies: readonly number[],
): RotaryTables {
  const angles = positions.flatMap((position) => frequencies.map((each) => position * each));
  const shape = [positions.length, frequencies.length];
  const table = (of: (angle: number) => number) =>
    gather(index.graph.constant({ dtype: "float32", shape, data: angles.map(of) }), index);
  return { cos: table(Math.cos), sin: table(Math.sin) }; // [tokens, width / 2]
}

/** Every token has frequencies of its own, so its angles are computed. */
function dynamicTables({ positions, lengths }: TokenPositions, rotary: Rotary): RotaryTables {
  const column = reshape(asFloat(positions), [{ rest: "tokens" }, 1]);
  const angles = mul(column, dynamicFrequencies(lengths(), rotary)); // [tokens, width / 2]
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
  if (typeof columns !== "number") {
    throw new TypeError(`Cannot rotate heads of unknown width: received ${describe(x)}`);
  }
  const rows = { rest: `${x.dim(0)}` };
  const batch = reshape(x, [1, rows, columns]);
  return reshape(rotaryEmbedding(batch, { ...tables, rows: at }, { heads }), [rows, columns]);
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
