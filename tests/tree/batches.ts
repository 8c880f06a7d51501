/**
 * Random batches in which beginnings really occur, and what tiles say about them.
 *
 * @module
 */

import fc from "fast-check";
import type { Sequence, SharingPolicy } from "../../src/tree/prefix_tree.ts";
import type { TileLimits } from "../../src/tree/plan_tiles.ts";
import type { TileArrays } from "../../src/tree/tiles.ts";
import { CAUSAL, type Window } from "../../src/tree/window.ts";

/** Sequences over few ids: some alike, some that others begin with, some of one token. */
export const batches: fc.Arbitrary<Int32Array[]> = fc.array(
  fc.tuple(
    fc.array(fc.nat(1), { minLength: 1, maxLength: 14 }),
    fc.option(fc.tuple(fc.nat(9), fc.nat(14)), { nil: undefined }),
  ),
  { minLength: 1, maxLength: 10 },
).map((batch) => {
  const made: Int32Array[] = [];
  for (const [ids, copied] of batch) {
    const source = copied === undefined ? undefined : made[copied[0]];
    const beginning = source?.slice(0, copied?.[1]) ?? [];
    // Without own ids a copy is a duplicate of another one, or one that it begins with.
    const own = copied !== undefined && beginning.length > 0 && ids.length % 3 === 0 ? [] : ids;
    made.push(Int32Array.from([...beginning, ...own]));
  }
  return made;
});

/** Sequences whose tokens have no types, as those of causal models. */
export function untyped(sequences: readonly Int32Array[]): Sequence[] {
  return sequences.map((ids) => ({ ids }));
}

/** Sequences with types, of which some agree in their ids alone, some in both; the ids may be one array. */
export const typedBatches: fc.Arbitrary<Sequence[]> = batches.chain((batch) =>
  fc.array(fc.tuple(fc.nat(batch.length - 1), fc.nat(3)), { maxLength: 10 }).map((copies) => {
    const sequences = [...batch.map((_, i): [number, number] => [i, i % 3]), ...copies];
    return sequences.map(([i, from]) => {
      const ids = batch[i]!;
      // Some have no types at all, which is another thing than types of 0.
      return from === 3 ? { ids } : { ids, types: ids.map((_, at) => at >= from ? 1 : 0) };
    });
  })
);

/** When sharing pays, from always to never. */
export const policies: fc.Arbitrary<SharingPolicy> = fc.record({
  tokensPerBranch: fc.constantFrom(0, 1, 3, 8, Infinity),
  sharesUpTo: fc.constantFrom(0, 3, 8, Infinity),
});

/** Limits that force cuts. */
export const limits: fc.Arbitrary<TileLimits> = fc.record({
  maxPairs: fc.oneof(fc.integer({ min: 1, max: 80 }), fc.constant(1e9)),
  pairsPerTile: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constant(1e9)),
});

/** Windows of all kinds: causal ones, sliding ones, and those that look ahead. */
export const windows: fc.Arbitrary<Window> = fc.oneof(
  fc.constant(CAUSAL),
  fc.record({ left: fc.nat(6), right: fc.constant(0) }),
  fc.record({
    left: fc.constantFrom(0, 1, 3, Infinity),
    right: fc.constantFrom(0, 1, 4, Infinity),
  }),
);

/** What a row's place in the tiles says of it. */
export interface ReadRow {
  /** The entry of the list of rows. */
  readonly entry: number;
  /** The tokens it attends to. */
  readonly keys: number[];
  /** The position of the first of them, by where the tile starts. */
  readonly start: number;
}

/** Reads what a row's place in the tiles says. */
export function readRow(tiles: TileArrays, row: number): ReadRow {
  const place = tiles.places[row] ?? -1;
  const line = tiles.table[Math.floor(place / tiles.height)];
  if (line === undefined) throw new Error(`Row ${row} stands at ${place}, in no tile`);
  const inTile = place % tiles.height;
  const member = Math.floor(inTile / line.rows);
  const at = line.rowStart + inTile;
  const keyStart = line.keyStart + member * line.keys;
  const all = [
    ...tiles.prefix.slice(line.prefixStart, line.prefixEnd),
    ...tiles.keys.slice(keyStart, keyStart + (tiles.reach[at] ?? 0)),
  ];
  const from = line.prefix + (tiles.from[at] ?? 0);
  return {
    entry: tiles.rows[at] ?? -1,
    keys: all.slice(from),
    start: (tiles.starts[row] ?? 0) + from,
  };
}

/** Every beginning of every sequence, each once: what a tree holds that shares all it can. */
export function beginnings(sequences: readonly Int32Array[]): Set<string> {
  return new Set(
    sequences.flatMap((ids) => Array.from(ids, (_, i) => ids.slice(0, i + 1).join())),
  );
}

/** Sequences without their duplicates. */
export function distinct(sequences: readonly Int32Array[]): Int32Array[] {
  return [...new Map(sequences.map((ids) => [ids.join(), ids])).values()];
}
