/**
 * Decoding with a key-value cache. Prefill reads the first tokens of all sequences at once; each decode
 * step then reads one more token per sequence, which attends to the cached keys and values.
 *
 * All sequences advance together from position 0, so the whole cache precedes the new token, and only a
 * sliding window hides some of it.
 *
 * @module
 */

import {
  cast,
  concat,
  gather,
  lessOrEqual,
  matmul,
  mul,
  range,
  reshape,
  shapeOf,
  type Size,
  slice,
  sub,
  transpose,
} from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import { visibleWindow } from "../../tree/window.ts";
import { type AttentionSpec, attentionWeights, hidden, type Pairs } from "../attention.ts";
import { once } from "../../once.ts";
import type { Frame, Projections } from "./frame.ts";
import type { PaddedBatch } from "./padded.ts";

/** Keys and values of one layer. */
export interface Cache {
  /** `[batch, kvHeads, width, past]` */
  readonly keys: Value;
  /** `[batch, kvHeads, past, width]` */
  readonly values: Value;
}

/** The frames of a prefill or a decode step, and the caches that they leave behind. */
export interface CachedFrames {
  frame(layer: number): Frame;
  /** With the tokens just read, by layer; complete once every layer has attended. */
  readonly caches: readonly Cache[];
}

/** Inputs of a decode step. */
export interface DecodeInputs {
  readonly batch: number;
  /** By layer, without the new token. */
  readonly past: readonly Cache[];
  /** `0, 1, ..., batch - 1` as `int64[1, batch]` */
  readonly rows: Value;
}

/** Reads one more token of each sequence. */
export function decodeStep({ batch, past, rows }: DecodeInputs): CachedFrames {
  const caches: Cache[] = [];
  const frame = (layer: number): Frame => ({
    select: (x) => x,
    attend: (projections, spec) => {
      const before = past[layer];
      if (before === undefined) {
        throw new RangeError(
          `Cannot attend as the layer has no cache: received layer ${layer} of ${past.length}`,
        );
      }
      const cache = caches[layer] = append(before, projections, { batch, spec });
      return attendTo(cache, projections.queries, { batch, spec });
    },
    rowTokens: () => rows,
    keyTokens: () => rows,
  });
  return { frame, caches };
}

/** Inputs of a prefill. */
export interface PrefillInputs {
  readonly batch: number;
  readonly padded: PaddedBatch;
  /** Tokens read of each sequence, at least one. */
  readonly length: Size;
  /** Layers of the stack; the last of them computes only the last token of each sequence. */
  readonly layers: number;
}

/** Reads the first tokens of all sequences; the caches may grow from there. */
export function prefill({ batch, padded, length, layers }: PrefillInputs): CachedFrames {
  const caches: Cache[] = [];
  const keep = (layer: number, projections: Projections, spec: AttentionSpec): Cache =>
    caches[layer] = cacheOf(projections, { batch, spec, length });
  const last = lastTokens(length, batch);
  const frame = (layer: number): Frame => ({
    ...padded.frame,
    ...(layer < layers - 1
      ? {
        attend: (projections, spec) => {
          keep(layer, projections, spec);
          return padded.frame.attend(projections, spec);
        },
      }
      : {
        select: (x) => gather(x, last),
        attend: (projections, spec) =>
          attendTo(keep(layer, projections, spec), projections.queries, { batch, spec }),
        rowTokens: () => reshape(last, [1, batch]),
      }),
  });
  return { frame, caches };
}

/** The index of each sequence's last token: `length - 1`, `2 * length - 1`, ... as int64[batch]. */
function lastTokens({ value }: Size, batch: number): Value {
  const counted = value.graph.integers(Array.from({ length: batch }, (_, i) => i + 1));
  return sub(mul(counted, value), 1);
}

function cacheOf(
  { keys, values }: Projections,
  { batch, spec: { kvHeads, width }, length }: Step & { length: Size },
): Cache {
  const apart = (x: Value) => reshape(x, [batch, length, kvHeads, width]);
  // A slice has no named dim, which would fix the cache to its first length.
  const free = (x: Value, axis: number) => slice(x, { axis, start: 0, end: length.value });
  return {
    keys: free(transpose(apart(keys), [0, 2, 3, 1]), 3),
    values: free(transpose(apart(values), [0, 2, 1, 3]), 2),
  };
}

interface Step {
  readonly batch: number;
  readonly spec: AttentionSpec;
}

function append(
  past: Cache,
  { keys, values }: { keys: Value; values: Value },
  { batch, spec: { kvHeads, width } }: Step,
): Cache {
  return {
    keys: concat([past.keys, reshape(keys, [batch, kvHeads, width, 1])], -1),
    values: concat([past.values, reshape(values, [batch, kvHeads, 1, width])], 2),
  };
}

/** Attention of each sequence's newest token on its whole cache: `[batch, heads * width]`. */
function attendTo({ keys, values }: Cache, queries: Value, { batch, spec }: Step): Value {
  const { heads, kvHeads, width, scale } = spec;
  const repeat = heads / kvHeads;
  const grouped = reshape(mul(queries, scale), [batch, kvHeads, repeat, width]);
  const scores = matmul(grouped, keys); // [batch, kvHeads, repeat, past]
  const past = once(() => pastOf(keys));
  const pairs = (): Pairs => ({
    queries: reshape(grouped, [batch, kvHeads, repeat, 1, 1, width]),
    keys: reshape(transpose(keys, [0, 1, 3, 2]), [batch, kvHeads, 1, 1, past(), width]),
    rowPositions: reshape(cast(sub(past().value, 1), "int32"), [1, 1, 1]),
    keyPositions: reshape(cast(range(past()), "int32"), [1, 1, past()]),
  });
  const { left } = visibleWindow(spec, "causal");
  const mask = left === Infinity ? undefined : windowMask(past(), left);
  const weigh = (shaped: Value) => attentionWeights([{ scores: shaped, mask, pairs }], spec);
  const weights = spec.bias === undefined ? weigh(scores) : reshape(
    weigh(reshape(scores, [batch, kvHeads, repeat, 1, 1, past()])),
    [batch, kvHeads, repeat, past()],
  );
  return reshape(matmul(weights, values), [batch, heads * width]);
}

/** Mask of the tokens that the newest one sees, `left` of them before itself: `[past]`. */
function windowMask(past: Size, left: number): Value {
  return hidden(lessOrEqual(sub(past.value, left + 1), range(past)));
}

/** Tokens in a cache; the newest one is at the last position. */
function pastOf(keys: Value): Size {
  return { name: "past", value: gather(shapeOf(keys), keys.graph.scalar("int64", 3)) };
}
