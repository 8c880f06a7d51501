/**
 * Items and requests as they are sent, and what their answers must look like. Pure.
 *
 * @module
 */

import type { RewardRequestInput } from "../wire/request.ts";
import { RewardClientError } from "./error.ts";

/** One prompt with its completions, as `POST /v1/rewards` takes it. Nobody writes into it. */
export type RewardItemInput = Frozen<RewardRequestInput["items"][number]>;

/** The same type for reading, all the way down: callers may hold what is theirs as readonly. */
type Frozen<T> = { readonly [Key in keyof T]: Frozen<T[Key]> };

/** An item that has been written, and what its answer must look like. */
export interface WrittenItem {
  /** Its place among the items of the call. */
  readonly index: number;
  readonly json: string;
  /** Of the JSON, in UTF-8. */
  readonly bytes: number;
  readonly units: readonly Unit[];
}

/** How many rewards a completion must get; undefined where the server's tokenizer decides. */
export interface Unit {
  readonly count: number | undefined;
  /** Whether truncation can leave fewer. */
  readonly atMost: boolean;
}

/** The items of one request. */
export type Batch = readonly WrittenItem[];

/** What a request says beside its items. */
export type RequestHead = Omit<RewardRequestInput, "items">;

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
  return { index, json, bytes: new TextEncoder().encode(json).length, units: unitsOf(item) };
}

function stringify(item: unknown, index: number): string {
  try {
    // What is no value in JSON stays in its place, for the server to refuse.
    return JSON.stringify(item) ?? "null";
  } catch (cause) {
    const path = `items[${index}]`;
    const message = `Cannot write the request as ${path} is not JSON: ${cause}`;
    throw new RewardClientError("invalid_request", message, { path, cause });
  }
}

/** Looks no closer than it must: what is wrong with an item, the server says best. */
function unitsOf(item: unknown): Unit[] {
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
