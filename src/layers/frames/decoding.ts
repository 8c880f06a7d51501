/**
 * Cached frames: how a policy writes. The beginnings of all sequences are read at once; from then on one
 * new token of each attends to the keys and values of all that stand before it.
 *
 * Sequences advance together from position 0, so whatever the cache holds is visible and there is
 * nothing to mask.
 *
 * @module
 */

import {
  concat,
  gather,
  matmul,
  mul,
  reshape,
  type Size,
  slice,
  softmax,
  sub,
  transpose,
} from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import type { PaddedBatch } from "./padded.ts";
import type { AttentionSpec, Frame, Projections } from "./frame.ts";

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
    attend: (projections, heads) => {
      const past = caches[layer];
      if (past === undefined) {
        throw new RangeError(
          `Cannot attend as the layer has no cache: received layer ${layer} of ${caches.length}`,
        );
      }
      const cache = grow(past, projections, { batch, heads });
      grown[layer] = cache;
      return attendTo(cache, projections.queries, { batch, heads });
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
  const keep = (layer: number, projections: Projections, heads: AttentionSpec): Cache =>
    grown[layer] = cacheOf(projections, { batch, heads, length });
  const ends = lastTokens(length, batch);
  const frame = (layer: number): Frame => ({
    ...padded.frame,
    ...(layer < layers - 1
      ? {
        attend: (projections, heads) => {
          keep(layer, projections, heads);
          return padded.frame.attend(projections, heads);
        },
      }
      : {
        select: (x) => gather(x, ends),
        attend: (projections, heads) =>
          attendTo(keep(layer, projections, heads), projections.queries, { batch, heads }),
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
  { batch, heads: { kvHeads, width }, length }: Step & { length: Size },
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
  readonly heads: AttentionSpec;
}

function grow(
  past: Cache,
  { keys, values }: { keys: Value; values: Value },
  { batch, heads: { kvHeads, width } }: Step,
): Cache {
  return {
    keys: concat([past.keys, reshape(keys, [batch, kvHeads, width, 1])], -1),
    values: concat([past.values, reshape(values, [batch, kvHeads, 1, width])], 2),
  };
}

/** `[batch, heads * width]` */
function attendTo(
  { keys, values }: Cache,
  queries: Value,
  { batch, heads: { heads, kvHeads, width, scale } }: Step,
): Value {
  const grouped = reshape(mul(queries, scale), [batch, kvHeads, heads / kvHeads, width]);
  const weights = softmax(matmul(grouped, keys)); // [batch, kvHeads, repeat, past]
  return reshape(matmul(weights, values), [batch, heads * width]);
}
