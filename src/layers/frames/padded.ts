/**
 * Padded frame: a batch of sequences side by side, each filled up at its end to one length. How a batch is
 * laid out whose attention must have a derivative, and how a policy reads beginnings of one length.
 *
 * Token `j` of sequence `i` stands at row `i * length + j`. Where attention is causal, a token sees what
 * stands before it in its own sequence, so what fills a sequence up is never seen and needs no mask.
 *
 * @module
 */

import type { Graph } from "../../onnx/graph.ts";
import {
  add,
  and,
  cast,
  type Extent,
  less,
  lessOrEqual,
  matmul,
  mul,
  range,
  reduceMean,
  reshape,
  type Size,
  slice,
  sub,
  transpose,
} from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import { type AttentionKind, visibleWindow, type Window, windowed } from "../../tree/window.ts";
import { type AttentionSpec, attentionWeights, hidden, MASKED, type Pairs } from "../attention.ts";
import { once } from "../../once.ts";
import type { Frame, Projections } from "./frame.ts";

/** Extents of a batch: of any number of sequences, filled up to `length` tokens. */
export interface PaddedShape {
  /** Where it is known; anything that runs is taken otherwise. */
  readonly batch?: number;
  readonly length: number | Size;
  /** @default "causal" */
  readonly attention?: AttentionKind;
}

/** A batch as inputs of the graph, with its frame. */
export interface PaddedBatch {
  /** `int32[tokens]` */
  readonly ids: Value;
  /** `int32[tokens]`, each sequence from 0. */
  readonly positions: Value;
  /** The length of the sequence that each token belongs to, `int32[tokens]`; declared once it is read. */
  lengths(): Value;
  /** The type (segment) of each token, `int32[tokens]`; declared once it is read. */
  types(): Value;
  /** Every token is a row, in every layer. */
  readonly frame: Frame;
  /** Attention of every token on every token, averaged over heads: `[batch, length, length]`. */
  meanAttention: PaddedAttention["mean"];
}

/** Declares `ids` and `positions`, and where rows are looked up `iota` (int64, 0 to tokens - 1). */
export function paddedBatch(graph: Graph, shape: PaddedShape): PaddedBatch {
  const { batch, length } = shape;
  const tokens = batch === undefined || typeof length !== "number" ? "tokens" : batch * length;
  const perToken = (name: string) => graph.input(name, "int32", [tokens]);
  const [ids, positions] = [perToken("ids"), perToken("positions")];
  const lengths = once(() => perToken("lengths"));
  const { attend, mean } = paddedAttention(graph, shape, lengths);
  const rows = once(() =>
    reshape(graph.input("iota", "int64", [tokens]), [1, { rest: `${tokens}` }])
  );
  return {
    ids,
    positions,
    lengths,
    types: once(() => perToken("types")),
    frame: { select: (x) => x, attend, rowTokens: rows, keyTokens: rows },
    meanAttention: mean,
  };
}

/** Attention within sequences that are laid out densely, one row per place. */
export interface PaddedAttention {
  /** Mixed values, `[batch*length, heads * width]`. */
  attend(projections: Projections, spec: AttentionSpec): Value;
  /** The weights, averaged over heads: `[batch, length, length]`. */
  mean(projections: Omit<Projections, "values">, spec: AttentionSpec): Value;
}

/**
 * Attention of every place on those that its kind and the layer's window let it see.
 *
 * @param lengths of each token's sequence, `int32[tokens]`: read where attention is bidirectional, for
 * there the places that fill sequences up must be hidden
 */
export function paddedAttention(
  graph: Graph,
  { batch, length, attention = "causal" }: PaddedShape,
  lengths: () => Value = noLengths,
): PaddedAttention {
  const extents = { batch: batch ?? { rest: "batch" }, length };
  const positions = once(() => placesOf(graph, length));
  const masks = new Map<string, Value>();
  const mask = (window: Window) =>
    typeof length === "number" && window.right === 0
      ? constantMask(graph, length, window)
      : hidden(conditions(positions(), window, { ...extents, lengths }).reduce(and));
  const maskOf = (spec: AttentionSpec) => {
    const window = visibleWindow(spec, attention);
    const name = windowed("mask", window);
    const known = masks.get(name) ?? mask(window);
    masks.set(name, known);
    return known;
  };
  const weigh = (projections: Omit<Projections, "values">, spec: AttentionSpec) =>
    weights(projections, { spec, extents, mask: maskOf(spec), positions });
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
  /** `[length, length]`; where it depends on the sequence, `[batch, 1, 1, 1, length, length]`. */
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
  if (repeat === 1 && spec.bias === undefined && mask.rank === 2) {
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

/** Each row sees so many keys before its own, `[length, length]`. */
function constantMask(graph: Graph, length: number, { left }: Window): Value {
  const data = Array.from({ length: length * length }, (_, i) => {
    const ago = Math.floor(i / length) - i % length;
    return 0 <= ago && ago <= left ? 0 : MASKED;
  });
  return graph.constant({ dtype: "float32", shape: [length, length], data });
}

/** What a key must hold to be seen: together `[length, length]` or `[batch, 1, 1, 1, length, length]`. */
function conditions(
  keys: Value,
  { left, right }: Window,
  { batch, length, lengths }: Placing["extents"] & { lengths: () => Value },
): Value[] {
  const rows = once(() => reshape(keys, [length, 1]));
  const met: Value[] = [];
  if (right < Infinity) met.push(lessOrEqual(keys, right === 0 ? rows() : add(rows(), right)));
  if (left < Infinity) met.push(lessOrEqual(sub(rows(), left), keys));
  if (right > 0) {
    const each = slice(reshape(lengths(), [batch, length]), { axis: 1, start: 0, end: 1 });
    met.push(less(keys, reshape(each, [batch, 1, 1, 1, 1, 1])));
  }
  return met;
}

function noLengths(): never {
  throw new TypeError("Cannot attend to whole sequences as their lengths are not given");
}

/** Positions are the same in every sequence: `int32[length]`. */
function placesOf(graph: Graph, length: number | Size): Value {
  if (typeof length !== "number") return cast(range(length), "int32");
  const data = Array.from({ length }, (_, i) => i);
  return graph.constant({ dtype: "int32", shape: [length], data });
}
