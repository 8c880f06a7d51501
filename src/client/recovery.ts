/**
 * What follows on a refused request: which items get the error, and which are sent again in smaller
 * requests. Pure.
 *
 * @module
 */

import type { RewardClientError } from "./error.ts";
import type { Batch, WrittenItem } from "./requests.ts";

/** How a call continues. */
export interface Recovery {
  /** Items whose outcome is the error. */
  readonly refused: readonly WrittenItem[];
  /** Requests to send instead. */
  readonly again: readonly Batch[];
}

/**
 * The recovery where every item must be scored: a request that is too large for the server (or a proxy
 * before it) is cut in two, since none of it has been scored.
 *
 * @param error with its path in the request, not in the call
 * @returns undefined where the call fails
 */
export function recoverAll(error: RewardClientError, batch: Batch): Recovery | undefined {
  const isTooMuch = error.kind === "too_large" && itemOf(error.path, batch) === undefined;
  return isTooMuch && batch.length > 1 ? { refused: [], again: halves(batch) } : undefined;
}

/**
 * The recovery where items are independent: the item at fault gets the error and the others are sent
 * again without it. Where no item is at fault alone, all items of the batch get the error.
 *
 * @param error with its path in the request, not in the call
 * @returns undefined for an error that every other request would get too
 */
export function recoverEach(error: RewardClientError, batch: Batch): Recovery | undefined {
  const { kind, path } = error;
  if (kind === "aborted" || kind === "unauthorized") return undefined;
  if (kind === "unknown_model" || kind === "unknown_route") return undefined;
  if (kind === "unsupported_media_type") return undefined;
  const split = recoverAll(error, batch);
  if (split !== undefined) return split;
  const item = itemOf(path, batch);
  if (item !== undefined && aboutOneItem.has(kind)) {
    const others = batch.filter((each) => each !== item);
    return { refused: [item], again: others.length === 0 ? [] : [others] };
  }
  // Such as a wrong credit, or a body that cannot be read.
  if (kind === "invalid_request") return undefined;
  return { refused: batch, again: [] };
}

/** Kinds that one item can cause for its whole request. After `protocol` nothing is sent again. */
const aboutOneItem: ReadonlySet<string> = new Set([
  "invalid_request",
  "too_large",
  "too_long",
  "model_failure",
]);

/** `items[5]` of the second request is `items[105]` of the call, in the path and in the message. */
export function placeError(error: RewardClientError, batch: Batch): RewardClientError {
  const item = itemOf(error.path, batch);
  if (item === undefined || error.path === undefined) return error;
  const path = error.path.replace(/^items\[\d+\]/, `items[${item.index}]`);
  return error.with({ path }, error.message.replace(error.path, () => path));
}

/** The item that a path of the request names. */
export function itemOf(path: string | undefined, batch: Batch): WrittenItem | undefined {
  const [, index] = /^items\[(\d+)\]/.exec(path ?? "") ?? [];
  return index === undefined ? undefined : batch[Number(index)];
}

function halves(batch: Batch): Batch[] {
  const middle = Math.ceil(batch.length / 2);
  return [batch.slice(0, middle), batch.slice(middle)];
}
