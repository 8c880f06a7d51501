/**
 * Cached frames: how a policy writes. The beginnings of all sequences are read at once; from then on one
 * new token of each attends to the keys and values of all that stand before it.
 *
 * Sequences advance together from position 0, so whatever the cache holds stands before the new token,
 * and only a window hides some of it.
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

/** One layer's past. */
export interface Cache {
  /** `[batch, kvHeads, width, past]` */
  readonly keys: Value;
  /** `[batch, kvHeads, past, width]` */
  readonly values: Value;
}

/** The frames of one step, and what they leave behind. */
export interface CachedStep {
  frame(layer: number): Frame;
  /** The caches with the new token, by layer; complete once every layer has attended. */
  readonly grown: readonly Cache[];
}

/** What a step is made of. */
export interface StepInputs {
  readonly batch: number;
  /** By layer. */
  readonly caches: readonly Cache[];
  /** `0, 1, ..., batch - 1` as `int64[1, batch]` */
  readonly rows: Value;
}

/** A step of one token per sequence. */
export function cachedStep({ batch, caches, rows }: StepInputs): CachedStep {
  const grown: Cache[] = [];
  const frame = (layer: number): Frame => ({
    select: (x) => x,
    attend: (projections, spec) => {
      const past = caches[layer];
      if (past === undefined) {
        throw new RangeError(
          `Cannot attend as the layer has no cache: received layer ${layer} of ${caches.length}`,
        );
      }
      const cache = grow(past, projections, { batch, spec });
      grown[layer] = cache;
      return attendTo(cache, projections.queries, { batch, spec });
    },
    rowTokens: () => rows,
    keyTokens: () => rows,
  });
  return { frame, grown };
}

/** Beginnings of one length, laid out densely. */
export interface Beginnings {
  readonly batch: number;
  readonly padded: PaddedBatch;
  /** How many tokens each has, at least one. */
  readonly length: Size;
  /** Layers of the stack; the last of them computes the last token of each beginning only. */
  readonly layers: number;
}

/** The frames that read beginnings; what they leave behind is of a length that may change. */
export function beginningStep({ batch, padded, length, layers }: Beginnings): CachedStep {
  const grown: Cache[] = [];
  const keep = (layer: number, projections: Projections, spec: AttentionSpec): Cache =>
    grown[layer] = cacheOf(projections, { batch, spec, length });
  const ends = lastTokens(length, batch);
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
        select: (x) => gather(x, ends),
        attend: (projections, spec) =>
          attendTo(keep(layer, projections, spec), projections.queries, { batch, spec }),
        rowTokens: () => reshape(ends, [1, batch]),
      }),
  });
  return { frame, grown };
}

/** Where each beginning's last token stands: `length - 1`, `2 * length - 1`, ... as int64[batch]. */
function lastTokens({ value }: Size, batch: number): Value {
  const counted = value.graph.integers(Array.from({ length: batch }, (_, i) => i + 1));
  return sub(mul(counted, value), 1);
}

function cacheOf(
  { keys, values }: Projections,
  { batch, spec: { kvHeads, width }, length }: Step & { length: Size },
): Cache {
  const apart = (x: Value) => reshape(x, [batch, length, kvHeads, width]);
  // Their names must not hold the past to the length that it has at first: they are cut to what they are.
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

function grow(
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

/** The newest token sees so many of those before it: `[past]`. */
function windowMask(past: Size, left: number): Value {
  return hidden(lessOrEqual(sub(past.value, left + 1), range(past)));
}

/** How many tokens a cache holds; positions count from 0, so its newest one stands at the last. */
function pastOf(keys: Value): Size {
  return { name: "past", value: gather(shapeOf(keys), keys.graph.scalar("int64", 3)) };
}
