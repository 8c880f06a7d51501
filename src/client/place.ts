/**
 * The way back from a place in a request to the place in the call. Pure.
 *
 * @module
 */

import type { RewardClientError } from "./error.ts";
import type { Batch, WrittenItem } from "./written_item.ts";

/** `items[5]` of the second request is `items[105]` of the call, in the path and in the message. */
export function placeError(error: RewardClientError, batch: Batch): RewardClientError {
  const item = itemOf(error.path, batch);
  if (item === undefined || error.path === undefined) return error;
  const path = error.path.replace(/^items\[\d+\]/, `items[${item.index}]`);
  return error.with({ path }, error.message.replace(error.path, () => path));
}

/** The item that a path of the request leads into. */
export function itemOf(path: string | undefined, batch: Batch): WrittenItem | undefined {
  const [, index] = /^items\[(\d+)\]/.exec(path ?? "") ?? [];
  return index === undefined ? undefined : batch[Number(index)];
}
