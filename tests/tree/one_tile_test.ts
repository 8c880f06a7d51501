import assert from "node:assert/strict";
import { atOnceWithin, oneTile } from "../../src/tree/one_tile.ts";
import { tokenTree, type TreeOptions } from "../../src/tree/token_tree.ts";
import type { TileArrays } from "../../src/tree/tiles.ts";
import { CAUSAL } from "../../src/tree/window.ts";

const texts = [[1, 2, 3, 4], [1, 2, 3, 5, 6], [9, 8], [1, 2, 3, 4, 4, 4]];

function tree(options: Partial<TreeOptions>) {
  const wanted = texts.map((ids) => ({
    ids: Int32Array.from(ids),
    rows: [ids.length - 1],
    attend: [ids.length - 1],
  }));
  return tokenTree(wanted, {
    sharing: { tokensPerBranch: 0, sharesUpTo: Infinity },
    tiles: { maxPairs: 12, pairsPerTile: 3 },
    ...options,
  });
}

/** For every query row the tokens that it sees. */
function seen(tiles: TileArrays, windowed: boolean): number[][] {
  return [...tiles.places].map((place) => {
    const line = tiles.table[Math.floor(place / tiles.height)]!;
    const within = place % tiles.height;
    const at = line.rowStart + within;
    const from = windowed ? tiles.from[at]! : -line.prefix;
    const own = line.keyStart + Math.floor(within / line.rows) * line.keys;
    const keys = [
      ...tiles.prefix.subarray(line.prefixStart, line.prefixEnd),
      ...tiles.keys.subarray(own, own + tiles.reach[at]!),
    ];
    return keys.slice(line.prefix + from);
  });
}

for (const left of [Infinity, 2]) {
  Deno.test(`in one tile every row sees what it saw in many, with a window of ${left}`, () => {
    const windows = [{ ...CAUSAL, left }, { ...CAUSAL, left }];
    const [many, one] = [
      tree({ windows }),
      tree({ windows, oneTile: { bytes: 1e6, perPair: 1, perPlace: 1 } }),
    ];
    const kinds = [(each: typeof many) => each.inner[0]!, (each: typeof many) => each.last];
    for (const tilesOf of kinds) {
      const [before, after] = [tilesOf(many), tilesOf(one)];
      assert.ok(before.table.length > 1 && after.table.length === 1);
      assert.deepEqual(seen(after, left !== Infinity), seen(before, left !== Infinity));
      assert.deepEqual(after.starts, before.starts);
      assert.equal(after.prefix.length, 0);
      assert.ok(after.atOnce && !before.atOnce);
    }
  });
}

Deno.test("where no row attends there is no tile, and nothing to compute at once", () => {
  const nothing = { ...tree({}).attention, table: [], places: new Int32Array() };
  const limit = { bytes: Infinity, perPair: 1, perPlace: 1 };
  assert.equal(atOnceWithin(nothing, limit), nothing);
});

Deno.test("one tile of nothing has no rows", () => {
  const nothing = { ...tree({}).inner[0]!, table: [], places: new Int32Array() };
  const { table, rows, span } = oneTile(nothing);
  assert.deepEqual([table[0]!.places, rows.length, span], [0, 0, 0]);
});

Deno.test("there is one tile up to the memory for its pairs and places, and many beyond", () => {
  const line = tree({ oneTile: { bytes: Infinity, perPair: 1, perPlace: 1 } }).inner[0]!.table[0]!;
  const { members, rows, keys } = line;
  const [perPair, perPlace] = [12, 100];
  const bytes = members * rows * keys * perPair + members * Math.max(rows, keys) * perPlace;
  const within = (bytes: number) => tree({ oneTile: { bytes, perPair, perPlace } }).inner[0]!;
  assert.deepEqual(within(bytes).table, [line]);
  assert.equal(within(bytes - 1).atOnce, false);
  assert.ok(within(bytes - 1).table.length > 1);
});
