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
  cast,
  type Extent,
  lessOrEqual,
  matmul,
  mul,
  range,
  reduceMean,
  reshape,
  type Size,
  transpose,
} from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import { type AttentionSpec, attentionWeights, hidden, MASKED, type Pairs } from "../attention.ts";
import { once } from "../../once.ts";
import type { Frame, Projections } from "./frame.ts";

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
  attend(projections: Projections, spec: AttentionSpec): Value;
  /** The weights, averaged over heads: `[batch, length, length]`. */
  mean(projections: Omit<Projections, "values">, spec: AttentionSpec): Value;
}

/** Attention of every place on those before it and on itself. */
export function paddedAttention(graph: Graph, { batch, length }: PaddedShape): PaddedAttention {
  const extents = { batch: batch ?? { rest: "batch" }, length };
  const mask = once(() => causalMask(graph, length));
  const positions = once(() => placesOf(graph, length));
  const weigh = (projections: Omit<Projections, "values">, spec: AttentionSpec) =>
    weights(projections, { spec, extents, mask: mask(), positions });
  return {
    attend: (projections, spec) =>
      mixed(weigh(projections, spec), projections.values, { spec, extents }),
    mean: (projections, spec) =>
      reduceMean(apart(weigh(projections, spec), { spec, extents }), [1]),
  };
}

interface Placing {
  readonly spec: AttentionSpec;
  readonly extents: { readonly batch: Extent; readonly length: number | Size };
}

/** What rows see, and where they stand. */
interface Seeing extends Placing {
  /** `[length, length]` */
  readonly mask: Value;
  /** `int32[length]` */
  positions(): Value;
}

/** Softmax over the keys of each query: `[batch, kvHeads, repeat*length, length]`. */
function weights({ queries, keys }: Omit<Projections, "values">, seeing: Seeing): Value {
  const { spec, extents: { batch, length }, mask } = seeing;
  const { heads, kvHeads, width, scale } = spec;
  const repeat = heads / kvHeads;
  const q = transpose(reshape(queries, [batch, length, heads, width]), [0, 2, 1, 3]);
  const k = transpose(reshape(keys, [batch, length, kvHeads, width]), [0, 2, 3, 1]);
  const grouped = mul(
    repeat === 1 ? q : reshape(q, [batch, kvHeads, folded(seeing), width]),
    scale,
  );
  const pairs = (): Pairs => ({
    queries: reshape(grouped, [batch, kvHeads, repeat, 1, length, width]),
    keys: reshape(transpose(k, [0, 1, 3, 2]), [batch, kvHeads, 1, 1, length, width]),
    rowPositions: reshape(seeing.positions(), [1, length, 1]),
    keyPositions: reshape(seeing.positions(), [1, 1, length]),
  });
  const scores = matmul(grouped, k); // [batch, kvHeads, repeat*length, length]
  if (repeat === 1 && spec.bias === undefined) {
    return attentionWeights([{ scores, mask, pairs }], spec);
  }
  const spread = reshape(scores, [batch, kvHeads, repeat, 1, length, length]);
  const found = attentionWeights([{ scores: spread, mask, pairs }], spec);
  return reshape(found, [batch, kvHeads, folded(seeing), length]);
}

/** Weights times values: `[tokens, heads * width]`. */
function mixed(weights: Value, values: Value, placing: Placing): Value {
  const { spec: { heads, kvHeads, width }, extents: { batch, length } } = placing;
  const v = transpose(reshape(values, [batch, length, kvHeads, width]), [0, 2, 1, 3]);
  const byHead = reshape(matmul(weights, v), [batch, heads, length, width]);
  const rows = transpose(byHead, [0, 2, 1, 3]); // [batch, length, heads, width]
  return reshape(rows, [tokensOf(placing), heads * width]);
}

/** `[batch, heads, length, length]` */
function apart(weights: Value, { spec: { heads }, extents: { batch, length } }: Placing): Value {
  return reshape(weights, [batch, heads, length, length]);
}

/** Heads of a group are rows of one product (arXiv 2305.13245). */
function folded({ spec: { heads, kvHeads }, extents: { length } }: Placing): Extent {
  if (typeof length === "number") return length * heads / kvHeads;
  const value = mul(length.value, heads / kvHeads);
  return { name: `${heads / kvHeads}*${length.name}`, value };
}

function tokensOf({ extents: { batch, length } }: Placing): Extent {
  return typeof batch === "number" && typeof length === "number"
    ? batch * length
    : { rest: "tokens" };
}

/** Each row sees what stands before it, and itself: `[length, length]`. */
function causalMask(graph: Graph, length: number | Size): Value {
  if (typeof length === "number") {
    const data = Array.from({ length: length * length }, (_, i) => {
      return i % length <= Math.floor(i / length) ? 0 : MASKED;
    });
    return graph.constant({ dtype: "float32", shape: [length, length], data });
  }
  const places = placesOf(graph, length);
  return hidden(lessOrEqual(reshape(places, [1, length]), reshape(places, [length, 1])));
}

/** Positions are the same in every sequence: `int32[length]`. */
function placesOf(graph: Graph, length: number | Size): Value {
  if (typeof length !== "number") return cast(range(length), "int32");
  const data = Array.from({ length }, (_, i) => i);
  return graph.constant({ dtype: "int32", shape: [length], data });
}
