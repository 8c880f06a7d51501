/**
 * Requests as they are sent: items written as JSON, what their answers must contain, and many items
 * split into requests within a server's limits. Pure.
 *
 * @module
 */

import type { RewardRequestInput } from "../wire/request.ts";
import { RewardClientError } from "./error.ts";
import type { Settings } from "./options.ts";

/** One prompt with its completions, as `POST /v1/rewards` takes it. */
export type RewardItemInput = Frozen<RewardRequestInput["items"][number]>;

/** The same type with every field readonly, so that callers may pass readonly values. */
type Frozen<T> = { readonly [Key in keyof T]: Frozen<T[Key]> };

/** An item as JSON, and what its answer must contain. */
export interface WrittenItem {
  /** Its index among the items of the call. */
  readonly index: number;
  readonly json: string;
  /** Of the JSON, in UTF-8. */
  readonly bytes: number;
  /** Per completion. */
  readonly expected: readonly ExpectedRewards[];
}

/** How many rewards a completion must get. */
export interface ExpectedRewards {
  /** Undefined where the server's tokenizer decides. */
  readonly count: number | undefined;
  /** Whether truncation can leave fewer. */
  readonly atMost: boolean;
}

/** The items of one request. */
export type Batch = readonly WrittenItem[];

/** The fields of a request besides its items. */
export type RequestHead = Omit<RewardRequestInput, "items">;

type RequestLimits = Pick<
  Settings,
  "maxItemsPerRequest" | "maxCompletionsPerRequest" | "maxBytesPerRequest"
>;

/** The body of a request. */
export function writeRequest(batch: Batch, head: RequestHead): string {
  const rest = JSON.stringify(head).slice(1);
  const items = `{"items":[${batch.map(({ json }) => json).join(",")}]`;
  return rest === "}" ? `${items}}` : `${items},${rest}`;
}

/**
 * Writes an item.
 *
 * @throws {RewardClientError} `invalid_request` where it cannot be written as JSON
 */
export function writeItem(item: unknown, index: number): WrittenItem {
  const json = stringify(item, index);
  return { index, json, bytes: new TextEncoder().encode(json).length, expected: expectedOf(item) };
}

/**
 * Splits items into requests, in their order, one request at a time. An item beyond the limits is a
 * request by itself, and the server decides whether it is too large.
 *
 * @param headBytes the bytes of a request without items
 * @throws {RewardClientError} `invalid_request` for an item that cannot be written as JSON
 */
export function* batchesOf(
  items: readonly RewardItemInput[],
  limits: RequestLimits,
  headBytes: number,
): Generator<Batch, void> {
  let batch: WrittenItem[] = [];
  let [bytes, completions] = [headBytes, 0];
  for (let index = 0; index < items.length; index++) {
    const item = writeItem(items[index], index);
    const isFull = batch.length >= limits.maxItemsPerRequest ||
      completions + item.expected.length > limits.maxCompletionsPerRequest ||
      bytes + item.bytes + 1 > limits.maxBytesPerRequest;
    if (isFull && batch.length > 0) {
      yield batch;
      batch = [];
      [bytes, completions] = [headBytes, 0];
    }
    batch.push(item);
    bytes += item.bytes + 1; // And a comma.
    completions += item.expected.length;
  }
  if (batch.length > 0) yield batch;
}

function stringify(item: unknown, index: number): string {
  try {
    // A value that JSON does not have becomes null, which the server refuses.
    return JSON.stringify(item) ?? "null";
  } catch (cause) {
    const path = `items[${index}]`;
    const message = `Cannot write the request as ${path} is not JSON: ${cause}`;
    throw new RewardClientError("invalid_request", message, { path, cause });
  }
}

/** Reads no more than it needs: the server checks the item. */
function expectedOf(item: unknown): ExpectedRewards[] {
  if (typeof item !== "object" || item === null) return [];
  if ("completion_ids" in item && Array.isArray(item.completion_ids)) {
    return item.completion_ids.map((ids) => ({ count: lengthOf(ids), atMost: true }));
  }
  if (!("completions" in item) || !Array.isArray(item.completions)) return [];
  const lists = "token_spans" in item && Array.isArray(item.token_spans) ? item.token_spans : [];
  return item.completions.map((_, i) => ({ count: lengthOf(lists[i]), atMost: false }));
}

function lengthOf(list: unknown): number | undefined {
  return Array.isArray(list) ? list.length : undefined;
}
