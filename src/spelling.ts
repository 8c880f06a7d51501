/**
 * The known name that an unknown one was probably meant to be.
 *
 * @module
 */

/** More candidates than this are not compared: the hint is not worth the wait. */
const MOST_CANDIDATES = 20_000;

/**
 * The candidate with the fewest changed letters, if at most four in ten have to change.
 *
 * @example Guessing what was meant
 * ```ts
 * import { nearest } from "./spelling.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(nearest("scoer.weight", ["score.weight", "wte.weight"]), "score.weight");
 * assert.equal(nearest("scoer.weight", ["bias"]), undefined);
 * ```
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let fewest = Math.floor(name.length * 0.4) + 1;
  let compared = 0;
  for (const candidate of candidates) {
    if (++compared > MOST_CANDIDATES) break;
    if (Math.abs(candidate.length - name.length) >= fewest) continue;
    const changes = distance(name, candidate);
    if (changes < fewest) [best, fewest] = [candidate, changes];
  }
  return best;
}

/** Letters to insert, delete or replace (Levenshtein), one row of the table at a time. */
function distance(a: string, b: string): number {
  let row = Uint32Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = new Uint32Array(row.length);
    next[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, replaced);
    }
    row = next;
  }
  return row[b.length]!;
}
