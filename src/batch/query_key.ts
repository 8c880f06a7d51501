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
  // The extents come first, so that no part can be taken for the beginning of the next.
  const extents = [ids.length, types === undefined ? -1 : types.length, pool.length, rows.length];
  const parts = [extents, ids, types ?? [], pool, rows];
  const numbers = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    numbers.set(part, at);
    at += part.length;
  }
  const digest = createHash("sha256").update(numbers);
  return digest.update(measure.join(",")).digest("base64");
}
