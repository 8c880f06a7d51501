/**
 * From what JSON can say, and bigints, to the values of templates.
 *
 * @module
 */

import { Dict, type Value } from "./values.ts";

/**
 * A value of JavaScript as Python's JSON reader would have it; undefined is none. JSON's `1.0` has lost
 * its point when it comes here, and is the whole number 1.
 */
export function fromJson(value: unknown): Value {
  if (value === undefined || value === null) return null;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value === "object") {
    return new Dict(Object.entries(value).map(([key, inner]) => [key, fromJson(inner)] as const));
  }
  return value as boolean | bigint | string;
}
