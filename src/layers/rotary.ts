/**
 * Rotary position embedding (RoPE, arXiv 2104.09864): the angles of tokens, and heads turned by them.
 *
 * @module
 */

import {
  add,
  cast,
  cos,
  div,
  gather,
  greater,
  max,
  mul,
  pow,
  reshape,
  rotaryEmbedding,
  sin,
  sub,
} from "../onnx/ops.ts";
import { describe, type Value } from "../onnx/value.ts";
import {
  type DynamicScaling,
  exponents,
  frequencySets,
  lengthScaling,
  type Rotary,
} from "./rotary_frequencies.ts";

/** Cosines and sines per token, `[tokens, rotated / 2]`, and how the columns that they turn are paired. */
export interface RotaryTables {
  readonly cos: Value;
  readonly sin: Value;
  readonly interleaved: boolean;
}

/** The places of tokens in their sequences, as inputs of the graph. */
export interface TokenPositions {
  /** The position of each token in its sequence, `int32[tokens]`. */
  readonly positions: Value;
  /** The length of each token's sequence, `int32[tokens]`; read only where angles depend on it. */
  readonly lengths: () => Value;
}

/** Cosines and sines of every token's angles. */
export function rotaryTables(tokens: TokenPositions, rotary: Rotary): RotaryTables {
  const scaling = lengthScaling(rotary);
  const { cos, sin } = scaling?.kind === "dynamic"
    ? dynamicAngles(tokens, rotary, scaling)
    : tabulatedAngles(tokens, rotary);
  return { cos, sin, interleaved: rotary.interleaved };
}

type Angles = Pick<RotaryTables, "cos" | "sin">;

/**
 * Angles are looked up and added, not computed: a GPU's own cosine may be off by 2^-11. Two tables, of
 * every `STRIDE`th position and of the positions between, hold any context in little space.
 */
const STRIDE = 256;

function tabulatedAngles(tokens: TokenPositions, rotary: Rotary): Angles {
  const coarse = div(tokens.positions, STRIDE);
  const fine = sub(tokens.positions, mul(coarse, STRIDE));
  const steps = Math.ceil(rotary.context / STRIDE);
  const beyond = beyondOriginal(tokens, rotary);
  const table = { beyond, sets: frequencySets(rotary) };
  const a = lookUp(coarse, {
    ...table,
    count: steps,
    stride: STRIDE,
    scale: rotary.attentionFactor,
  });
  const b = lookUp(fine, { ...table, count: STRIDE, stride: 1, scale: 1 });
  return {
    cos: sub(mul(a.cos, b.cos), mul(a.sin, b.sin)),
    sin: add(mul(a.sin, b.cos), mul(a.cos, b.sin)),
  };
}

/** 1 where a token's sequence is longer than the original context, else 0, if that makes a difference. */
function beyondOriginal(tokens: TokenPositions, rotary: Rotary): Value | undefined {
  const scaling = lengthScaling(rotary);
  if (scaling === undefined) return undefined;
  return cast(greater(tokens.lengths(), scaling.originalContext), "int32");
}

/** A table of angles: for each set of frequencies `count` positions, `stride` apart. */
interface AngleTable {
  readonly sets: readonly (readonly number[])[];
  readonly count: number;
  readonly stride: number;
  /** What cosines and sines are multiplied with. */
  readonly scale: number;
  /** The set of each token; the first where there is only one. */
  readonly beyond: Value | undefined;
}

/** Cosines and sines of some rows of a table: `[tokens, rotated / 2]`. */
function lookUp(index: Value, { sets, count, stride, scale, beyond }: AngleTable): Angles {
  const shape = [sets.length * count, sets[0]?.length ?? 0] as const;
  const row = beyond === undefined ? index : add(index, mul(beyond, count));
  const table = (of: (angle: number) => number) => {
    const data = new Float32Array(shape[0] * shape[1]);
    let at = 0;
    for (const frequencies of sets) {
      for (let i = 0; i < count; i++) {
        for (const each of frequencies) data[at++] = scale * of(i * stride * each);
      }
    }
    return gather(index.graph.constant({ dtype: "float32", shape, data }), row);
  };
  return { cos: table(Math.cos), sin: table(Math.sin) };
}

/**
 * Every token has frequencies of its own, so its angles are computed. Each sequence has its own base, from
 * its own length rather than the longest of the batch, so that a sequence scores the same in any company
 * (law 2).
 */
function dynamicAngles(
  { positions, lengths }: TokenPositions,
  rotary: Rotary,
  { factor, originalContext }: DynamicScaling,
): Angles {
  const column = (x: Value) => reshape(cast(x, "float32"), [{ rest: "tokens" }, 1]);
  const reached = max(column(lengths()), originalContext);
  const stretch = sub(mul(div(reached, originalContext), factor), factor - 1);
  const bases = mul(pow(stretch, rotary.rotated / (rotary.rotated - 2)), rotary.base); // [tokens, 1]
  const data = exponents(rotary);
  const powers = positions.graph.root.constant({ dtype: "float32", shape: [data.length], data });
  const angles = mul(column(positions), pow(bases, powers)); // [tokens, rotated / 2]
  return { cos: cos(angles), sin: sin(angles) };
}

/**
 * Turns the first columns of each head of `x`, `[rows, heads * width]`: as many as the tables have angles
 * for. The other columns pass unchanged.
 *
 * @param at the token of each row, `[1, rows]`
 */
export function rotate(
  x: Value,
  { tables, at, heads }: { tables: RotaryTables; at: Value; heads: number },
): Value {
  const [columns, angles] = [x.dim(1), tables.cos.dim(1)];
  if (typeof columns !== "number" || typeof angles !== "number") {
    throw new TypeError(`Cannot rotate heads of unknown width: received ${describe(x)}`);
  }
  const rows = { rest: `${x.dim(0)}` };
  const batch = reshape(x, [1, rows, columns]);
  const part = 2 * angles === columns / heads ? undefined : 2 * angles;
  const options = { heads, rotated: part, interleaved: tables.interleaved };
  const turns = { rows: at, cos: cast(tables.cos, x.dtype), sin: cast(tables.sin, x.dtype) };
  return reshape(rotaryEmbedding(batch, turns, options), [rows, columns]);
}
