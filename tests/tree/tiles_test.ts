import assert from "node:assert/strict";
import fc from "fast-check";
import { planTiles } from "../../src/tree/plan_tiles.ts";
import { prefixTree } from "../../src/tree/prefix_tree.ts";
import { piecesOf } from "../../src/tree/runs.ts";
import { tilesOf } from "../../src/tree/tiles.ts";
import { batches, limits, policies, readRow, untyped } from "./batches.ts";

const everyTile = fc.tuple(batches, policies, limits).map(([sequences, policy, limits]) => {
  const tree = prefixTree(untyped(sequences), policy);
  const rows = tree.segments.map((segment) => {
    const offsets = Array.from(segment.ids, (_, i) => i);
    return { segment, offsets, rows: offsets.map((offset) => segment.first + offset) };
  });
  const builders = planTiles(rows, limits);
  return { tree, builders, tiles: tilesOf("inner", builders) };
});

Deno.test("lines follow one another in the lists and leave nothing over", () => {
  fc.assert(fc.property(everyTile, ({ tiles }) => {
    const { table, rows, reach, keys, prefix } = tiles;
    let [row, key, before] = [0, 0, 0];
    for (const line of table) {
      assert.deepEqual([line.rowStart, line.keyStart, line.prefixStart], [row, key, before]);
      assert.equal(line.places, line.members * line.rows);
      row += line.places;
      key += line.members * line.keys;
      before += line.prefix;
      assert.deepEqual([line.rowEnd, line.keyEnd, line.prefixEnd], [row, key, before]);
    }
    assert.deepEqual([rows.length, reach.length, keys.length, prefix.length], [
      row,
      row,
      key,
      before,
    ]);
  }));
});

Deno.test("lines say what they are short of the tallest and the widest tile", () => {
  fc.assert(fc.property(everyTile, ({ tiles: { table, height, span } }) => {
    assert.equal(height, Math.max(...table.map(({ places }) => places)));
    assert.equal(span, Math.max(...table.map(({ prefix, keys }) => prefix + keys)));
    for (const { places, missingPlaces, prefix, keys, missingSpan } of table) {
      assert.equal(places + missingPlaces, height);
      assert.equal(prefix + keys + missingSpan, span);
    }
  }));
});

Deno.test("every row is found at its place, with what it attends to in order", () => {
  fc.assert(fc.property(everyTile, ({ tree, tiles, builders }) => {
    assert.equal(tiles.places.length, tree.tokens);
    assert.equal(new Set(tiles.places).size, tree.tokens, "no two rows share a place");
    for (const { runs } of builders) {
      for (const { rows, reach, keys, prefix } of runs) {
        const before = piecesOf(prefix).flatMap(({ first, length }) => upwards(first, length));
        rows.forEach((row, i) => {
          const { entry, keys: found } = readRow(tiles, row);
          assert.equal(entry, row);
          assert.deepEqual(found, [...before, ...upwards(keys.first, reach[i]!)]);
        });
      }
    }
  }));
});

Deno.test("padding points at rows, keys and reaches that exist", () => {
  fc.assert(fc.property(everyTile, ({ tree, tiles: { rows, reach, keys, prefix, table } }) => {
    for (const list of [rows, keys, prefix]) {
      assert.ok(list.every((index) => index >= 0 && index < tree.tokens));
    }
    for (const line of table) {
      const seen = reach.slice(line.rowStart, line.rowEnd);
      assert.ok(seen.every((each) => each >= 1 && each <= line.keys));
    }
  }));
});

Deno.test("no tile makes no arrays", () => {
  const { table, height, span, places, rows } = tilesOf("inner", []);
  assert.deepEqual([table, height, span, places.length, rows.length], [[], 0, 0, 0, 0]);
});

function upwards(first: number, length: number): number[] {
  return Array.from({ length }, (_, i) => first + i);
}
