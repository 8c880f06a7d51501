import assert from "node:assert/strict";
import { feedsOf, iotaFeed, listFeed, scalarFeed } from "../../src/engine/feeds.ts";
import { tokenTree } from "../../src/tree/token_tree.ts";

const options = {
  sharing: { tokensPerBranch: 0, sharesUpTo: Infinity },
  tiles: { maxPairs: 100, pairsPerTile: 0 },
};

function feeds(attention: boolean) {
  const wanted = [[5, 6, 7], [5, 6, 8]].map((ids) => ({
    ids: Int32Array.from(ids),
    rows: [2],
    attend: attention ? [2] : [],
  }));
  return feedsOf(tokenTree(wanted, options));
}

Deno.test("every feed holds as many numbers as its extents say", () => {
  for (const [name, { data, dims }] of Object.entries(feeds(true))) {
    assert.equal(data.length, dims.reduce((product, dim) => product * dim, 1), name);
  }
});

Deno.test("every feed has a buffer of its own, so that all can be transferred", () => {
  const buffers = Object.values(feeds(true)).map(({ data }) => data.buffer);
  assert.equal(new Set(buffers).size, buffers.length);
  assert.doesNotThrow(() => structuredClone(feeds(true), { transfer: [] }));
});

Deno.test("the shared tokens stand once, with their positions", () => {
  const { ids, positions } = feeds(true);
  assert.deepEqual([...ids!.data], [5, 6, 7, 8]);
  assert.deepEqual([...positions!.data], [0, 1, 2, 2]);
});

Deno.test("types are those of the sequences, 0 where they have none", () => {
  const typed = { ids: Int32Array.of(5, 6), types: Int32Array.of(0, 1), rows: [0], attend: [] };
  const { ids, types } = feedsOf(tokenTree([{ ...typed, types: undefined }, typed], options));
  assert.deepEqual([...ids!.data], [5, 6, 5, 6]);
  assert.deepEqual([...types!.data], [0, 0, 0, 1]);
});

Deno.test("without attention there is no attention tile, but still a column to reshape to", () => {
  const none = feeds(false);
  assert.equal(none["attention.count"]!.data[0], 0n);
  const { data, dims } = none["attention.table"]!; // the line of an empty tile, for graphs that read the first
  assert.ok(dims[0] === 1 && [...data].every((each) => each === 0n));
  assert.equal(none["attention.span"]!.data[0], 1n);
});

Deno.test("single feeds have the element types and extents that graphs declare", () => {
  const own = Int32Array.of(4, 5);
  assert.deepEqual(listFeed(own), { data: own, dims: [2] });
  assert.notEqual(listFeed(own).data.buffer, own.buffer);
  assert.deepEqual(iotaFeed(3), { data: BigInt64Array.of(0n, 1n, 2n), dims: [3] });
  assert.deepEqual(scalarFeed(7), { data: BigInt64Array.of(7n), dims: [] });
});
