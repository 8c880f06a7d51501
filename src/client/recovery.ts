/**
 * What becomes of a batch that was refused: which items bear the error, and which are asked again in
 * smaller company. Pure.
 *
 * @module
 */

import type { RewardClientError } from "./error.ts";
import { itemOf } from "./place.ts";
import type { Batch, WrittenItem } from "./written_item.ts";

/** The way on. */
export interface Recovery {
  /** Items whose outcome is the error. */
  readonly refused: readonly WrittenItem[];
  /** Requests to send instead. */
  readonly again: readonly Batch[];
}

/**
 * The way on where every item must be scored: a request that is too large for the server (or a proxy
 * before it) is cut in two, since nothing of it has been worked on.
 *
 * @param error with its path in the request, not in the call
 * @returns undefined where there is none
 */
export function recoverAll(error: RewardClientError, batch: Batch): Recovery | undefined {
  const isTooMuch = error.kind === "too_large" && itemOf(error.path, batch) === undefined;
  return isTooMuch && batch.length > 1 ? { refused: [], again: halves(batch) } : undefined;
}

/**
 * The way on where items stand alone: one that is at fault bears the error and the others are asked
 * again without it; where none can be told apart, all of the batch bear it.
 *
 * @param error with its path in the request, not in the call
 * @returns undefined for what would befall every other request too
 */
export function recoverEach(error: RewardClientError, batch: Batch): Recovery | undefined {
  const { kind, path } = error;
  if (kind === "aborted" || kind === "unauthorized") return undefined;
  if (kind === "unknown_model" || kind === "unknown_route") return undefined;
  const split = recoverAll(error, batch);
  if (split !== undefined) return split;
  const item = itemOf(path, batch);
  if (item !== undefined && aboutOneItem.has(kind)) {
    const others = batch.filter((each) => each !== item);
    return { refused: [item], again: others.length === 0 ? [] : [others] };
  }
  // Of the credit, say, or of a body that could not be read at all.
  if (kind === "invalid_request") return undefined;
  return { refused: batch, again: [] };
}

/** Kinds that one item can bring upon all. `protocol` is not one: such a server is not asked again. */
const aboutOneItem: ReadonlySet<string> = new Set([
  "invalid_request",
  "too_large",
  "too_long",
  "model_failure",
]);

function halves(batch: Batch): Batch[] {
  const middle = Math.ceil(batch.length / 2);
  return [batch.slice(0, middle), batch.slice(middle)];
}
