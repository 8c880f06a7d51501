/**
 * Query keys: a text for what a query asks, the same for the same question and for no other.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Query } from "../engine/engine.ts";

/**
 * The digest of everything that decides an answer: tokens, types, the places that are read, and the
 * measurements. A cryptographic one, as two queries of one key would share an answer: nobody can find
 * two texts that have the same.
 */
export function queryKey({ ids, types, pool, rows, measure }: Query): string {
  const digest = createHash("sha256");
  // The extents come first, so that no part can be taken for the beginning of the next.
  const extents = [ids.length, types === undefined ? -1 : types.length, pool.length, rows.length];
  const numbers = Int32Array.of(...extents);
  for (const part of [numbers, ids, types ?? [], pool, rows]) digest.update(bytesOf(part));
  return digest.update(measure.join(",")).digest("base64");
}

function bytesOf(numbers: Int32Array | readonly number[]): Uint8Array {
  const { buffer, byteOffset, byteLength } = numbers instanceof Int32Array
    ? numbers
    : Int32Array.from(numbers);
  return new Uint8Array(buffer, byteOffset, byteLength);
}
