/**
 * Padded frame: a batch of sequences side by side, each filled up at its end to one length. How a batch is
 * laid out whose attention must have a derivative, and how a policy reads beginnings of one length.
 *
 * Token `j` of sequence `i` stands at row `i * length + j`. A token sees what stands before it in its
 * own sequence, so what fills a sequence up is never seen and needs no mask.
 *
 * @module
 */

import type { Graph } from "../../onnx/graph.ts";
import {
  add,
  cast,
  type Extent,
  lessOrEqual,
  matmul,
  mul,
  range,
  reduceMean,
  reshape,
  type Size,
  softmax,
  transpose,
  where,
} from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import type { AttentionSpec, Frame, Projections } from "./frame.ts";
import { once } from "../../once.ts";

/** Far enough below every score that its weight is exactly 0 in float32. */
const MASKED = -1e30;

/** Extents of a batch: of any number of sequences, filled up to `length` tokens. */
export interface PaddedShape {
  /** Where it is known; anything that runs is taken otherwise. */
  readonly batch?: number;
  readonly length: number | Size;
}

/** A batch as inputs of the graph, with its frame. */
export interface PaddedBatch {
  /** `int32[tokens]` */
  readonly ids: Value;
  /** `int32[tokens]`, each sequence from 0. */
  readonly positions: Value;
  /** The length of the sequence that each token belongs to, `int32[tokens]`; declared when asked for. */
  lengths(): Value;
  /** Every token is a row, in every layer. */
  readonly frame: Frame;
}

/** Declares `ids` and `positions`, and where rows are looked up `iota` (int64, 0 to tokens - 1). */
export function paddedBatch(graph: Graph, shape: PaddedShape): PaddedBatch {
  const { batch, length } = shape;
  const tokens = batch === undefined || typeof length !== "number" ? "tokens" : batch * length;
  const perToken = (name: string) => graph.input(name, "int32", [tokens]);
  const [ids, positions] = [perToken("ids"), perToken("positions")];
  const { attend } = paddedAttention(graph, shape);
  const rows = once(() =>
    reshape(graph.input("iota", "int64", [tokens]), [1, { rest: `${tokens}` }])
  );
  return {
    ids,
    positions,
    lengths: once(() => perToken("lengths")),
    frame: { select: (x) => x, attend, rowTokens: rows, keyTokens: rows },
  };
}

/** Attention within sequences that are laid out densely, one row per place. */
export interface PaddedAttention {
  /** Mixed values, `[batch*length, heads * width]`. */
  attend(projections: Projections, heads: AttentionSpec): Value;
  /** The weights, averaged over heads: `[batch, length, length]`. */
  mean(projections: Omit<Projections, "values">, heads: AttentionSpec): Value;
}

/** Attention of every place on those before it and on itself. */
export function paddedAttention(graph: Graph, { batch, length }: PaddedShape): PaddedAttention {
  const extents = { batch: batch ?? { rest: "batch" }, length };
  const mask = once(() => causalMask(graph, length));
  return {
    attend: (projections, heads) => {
      const weights = attentionWeights(projections, { heads, extents, mask: mask() });
      return mixed(weights, projections.values, { heads, extents });
    },
    mean: (projections, heads) => {
      const weights = attentionWeights(projections, { heads, extents, mask: mask() });
      return reduceMean(apart(weights, { heads, extents }), [1]);
    },
  };
}

interface Placing {
  readonly heads: AttentionSpec;
  readonly extents: { readonly batch: Extent; readonly length: number | Size };
}

/** Softmax over the keys of each query: `[batch, kvHeads, repeat*length, length]`. */
function attentionWeights(
  { queries, keys }: Omit<Projections, "values">,
  placing: Placing & { mask: Value },
): Value {
  const { heads: { heads, kvHeads, width, scale }, extents: { batch, length }, mask } = placing;
  const q = transpose(reshape(queries, [batch, length, heads, width]), [0, 2, 1, 3]);
  const k = transpose(reshape(keys, [batch, length, kvHeads, width]), [0, 2, 3, 1]);
  const grouped = heads === kvHeads ? q : reshape(q, [batch, kvHeads, folded(placing), width]);
  const scores = matmul(mul(grouped, scale), k); // [batch, kvHeads, repeat*length, length]
  if (heads === kvHeads) return softmax(add(scores, mask));
  const masked = add(reshape(scores, [batch, kvHeads, heads / kvHeads, length, length]), mask);
  return reshape(softmax(masked), [batch, kvHeads, folded(placing), length]);
}

/** Weights times values: `[tokens, heads * width]`. */
function mixed(weights: Value, values: Value, placing: Placing): Value {
  const { heads: { heads, kvHeads, width }, extents: { batch, length } } = placing;
  const v = transpose(reshape(values, [batch, length, kvHeads, width]), [0, 2, 1, 3]);
  const byHead = reshape(matmul(weights, v), [batch, heads, length, width]);
  const rows = transpose(byHead, [0, 2, 1, 3]); // [batch, length, heads, width]
  return reshape(rows, [tokensOf(placing), heads * width]);
}

/** `[batch, heads, length, length]` */
function apart(weights: Value, { heads: { heads }, extents: { batch, length } }: Placing): Value {
  return reshape(weights, [batch, heads, length, length]);
}

/** AttentionSpec of a group are rows of one product (arXiv 2305.13245). */
function folded({ heads: { heads, kvHeads }, extents: { length } }: Placing): Extent {
  if (typeof length === "number") return length * heads / kvHeads;
  const value = mul(length.value, heads / kvHeads);
  return { name: `${heads / kvHeads}*${length.name}`, value };
}

function tokensOf({ extents: { batch, length } }: Placing): Extent {
  return typeof batch === "number" && typeof length === "number"
    ? batch * length
    : { rest: "tokens" };
}

/** 0 where a token may look, far below every score where it may not: `[length, length]`. */
function causalMask(graph: Graph, length: number | Size): Value {
  if (typeof length === "number") {
    const data = Array.from({ length: length * length }, (_, i) => {
      return i % length <= Math.floor(i / length) ? 0 : MASKED;
    });
    return graph.constant({ dtype: "float32", shape: [length, length], data });
  }
  const places = cast(range(length), "int32");
  const seen = lessOrEqual(reshape(places, [1, length]), reshape(places, [length, 1]));
  return where(seen, 0, MASKED);
}
