/**
 * Many items as requests within a server's limits. Pure.
 *
 * @module
 */

import { type Batch, type RewardItemInput, writeItem, type WrittenItem } from "./written_item.ts";

/** The most that one request holds. */
export interface BatchLimits {
  readonly maxItemsPerRequest: number;
  readonly maxCompletionsPerRequest: number;
  readonly maxBytesPerRequest: number;
}

/**
 * Splits items into requests, in their order and no earlier than they are asked for. An item beyond
 * the limits is a request by itself: whether it is too large, its server says.
 *
 * @param headBytes what a request holds beside its items
 * @throws {RewardClientError} `invalid_request` for an item that cannot be written as JSON
 */
export function* batchesOf(
  items: readonly RewardItemInput[],
  limits: BatchLimits,
  headBytes: number,
): Generator<Batch, void> {
  let batch: WrittenItem[] = [];
  let [bytes, completions] = [headBytes, 0];
  for (let index = 0; index < items.length; index++) {
    const item = writeItem(items[index], index);
    const isFull = batch.length >= limits.maxItemsPerRequest ||
      completions + item.units.length > limits.maxCompletionsPerRequest ||
      bytes + item.bytes + 1 > limits.maxBytesPerRequest;
    if (isFull && batch.length > 0) {
      yield batch;
      batch = [];
      [bytes, completions] = [headBytes, 0];
    }
    batch.push(item);
    bytes += item.bytes + 1; // And a comma.
    completions += item.units.length;
  }
  if (batch.length > 0) yield batch;
}
