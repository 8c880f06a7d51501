/**
 * Cached frame: one new token of every sequence, attending to the keys and values of all that stand
 * before it. How a policy writes.
 *
 * All sequences advance together from position 0, so whatever the cache holds is visible and there is
 * nothing to mask.
 *
 * @module
 */

import { concat, matmul, mul, reshape, softmax } from "../onnx/ops.ts";
import { UNKNOWN, type Value } from "../onnx/value.ts";
import type { Frame, Heads } from "./frame.ts";

/** One layer's past. */
export interface Cache {
  /** `[batch, groups, width, past]` */
  readonly keys: Value;
  /** `[batch, groups, past, width]` */
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
      if (past === undefined) throw new RangeError(`Cannot attend in layer ${layer}: no cache`);
      const cache = grow(past, projections, { batch, heads });
      grown[layer] = cache;
      return attendTo(cache, projections.queries, { batch, heads });
    },
    rowTokens: () => rows,
    keyTokens: () => rows,
  });
  return { frame, grown };
}

/** Shapes of empty caches: the past has an extent that changes from step to step. */
export function cacheShapes(batch: number, { groups, width }: Pick<Heads, "groups" | "width">) {
  return {
    keys: [batch, groups, width, UNKNOWN],
    values: [batch, groups, UNKNOWN, width],
  };
}

interface Step {
  readonly batch: number;
  readonly heads: Heads;
}

function grow(
  past: Cache,
  { keys, values }: { keys: Value; values: Value },
  { batch, heads: { groups, width } }: Step,
): Cache {
  return {
    keys: concat([past.keys, reshape(keys, [batch, groups, width, 1])], -1),
    values: concat([past.values, reshape(values, [batch, groups, 1, width])], 2),
  };
}

/** `[batch, heads * width]` */
function attendTo(
  { keys, values }: Cache,
  queries: Value,
  { batch, heads: { heads, groups, width, scale } }: Step,
): Value {
  const grouped = reshape(mul(queries, scale), [batch, groups, heads / groups, width]);
  const weights = softmax(matmul(grouped, keys)); // [batch, groups, repeat, past]
  return reshape(matmul(weights, values), [batch, heads * width]);
}
