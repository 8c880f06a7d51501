/**
 * Pooling: which tokens of a text the score is computed from.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";

/**
 * The last token of the text, the first, all of them (the mean of their states), or the last one with
 * a certain id.
 */
export type Pooling = "last" | "first" | "mean" | { readonly named: number };

/** The tokens that the score is computed from, in words. */
export function poolingText(pooling: Pooling): string {
  if (typeof pooling === "object") return `last token of id ${pooling.named}`;
  return { last: "last token", first: "first token", mean: "mean of all tokens" }[pooling];
}

/**
 * The pooled positions of a text, ascending.
 *
 * @throws {AbacusError} `invalid_request` where the text lacks the token that the score is read at
 */
export function pooledPositions(ids: Int32Array, pooling: Pooling): readonly number[] {
  switch (pooling) {
    case "last":
      return [ids.length - 1];
    case "first":
      return [0];
    case "mean":
      return [...ids.keys()];
    default:
      return [lastOf(ids, pooling.named)];
  }
}

function lastOf(ids: Int32Array, id: number): number {
  const at = ids.lastIndexOf(id);
  if (at >= 0) return at;
  throw new AbacusError(
    "invalid_request",
    `Cannot score as the score is read at the token ${id}: received a text without it`,
  );
}
