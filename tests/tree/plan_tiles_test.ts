import assert from "node:assert/strict";
import fc from "fast-check";
import { heightOf, planTiles, type TileBuilder } from "../../src/tree/plan_tiles.ts";
import { prefixTree } from "../../src/tree/prefix_tree.ts";
import { piecesOf, type RowsOfSegment } from "../../src/tree/runs.ts";
import { batches, limits, policies, untyped } from "./batches.ts";

/** Every token of the sequences as a row. */
function rowsOf(sequences: readonly Int32Array[], tokensPerBranch = 0): RowsOfSegment[] {
  const { segments } = prefixTree(untyped(sequences), { tokensPerBranch, sharesUpTo: Infinity });
  return segments.map((segment) => {
    const offsets = Array.from(segment.ids, (_, i) => i);
    return { segment, offsets, rows: offsets.map((offset) => segment.first + offset) };
  });
}

const sequence = (length: number, start = 0) => Int32Array.from({ length }, (_, i) => start + i);
const shape = (
  { runs, rows, keys, prefix }: TileBuilder,
) => [runs.length, rows, keys, prefix.length];

Deno.test("tiles hold every row once, and runs under one prefix only", () => {
  fc.assert(fc.property(batches, policies, limits, (sequences, { tokensPerBranch }, limits) => {
    const rows = rowsOf(sequences, tokensPerBranch);
    const builders = planTiles(rows, limits);
    const held = builders.flatMap(({ runs }) => runs.flatMap((run) => run.rows));
    assert.deepEqual(held.toSorted((a, b) => a - b), rows.flatMap((each) => each.rows));
    for (const { runs, prefix } of builders) {
      for (const run of runs) assert.deepEqual(piecesOf(run.prefix), piecesOf(prefix));
    }
  }));
});

Deno.test("tiles are as wide as their widest run and stay within the limits", () => {
  fc.assert(fc.property(batches, limits, (sequences, limits) => {
    for (const builder of planTiles(rowsOf(sequences), limits)) {
      const { runs, rows, keys, prefix, places, pairs } = builder;
      assert.equal(rows, Math.max(2, ...runs.map((run) => run.rows.length)));
      assert.equal(keys, Math.max(...runs.map((run) => run.keys.length)));
      assert.equal(places, runs.length * rows);
      assert.equal(pairs, places * (prefix.length + keys));
      const needed = runs.reduce((sum, run) => {
        return sum + Math.max(2, run.rows.length) * (prefix.length + run.keys.length);
      }, 0);
      assert.ok(pairs - needed <= limits.pairsPerTile, "padding is cheaper than a tile");
      assert.ok(places === 2 || pairs <= limits.maxPairs, "scores fit into memory");
    }
  }));
});

Deno.test("sequences of like length become one tile, others one each", () => {
  const like = [5, 5, 5].map((length, i) => sequence(length, 100 * i));
  assert.deepEqual(planTiles(rowsOf(like), { maxPairs: 1e6, pairsPerTile: 1e3 }).map(shape), [
    [3, 5, 5, 0],
  ]);
  const unlike = [2, 40, 41].map((length, i) => sequence(length, 100 * i));
  assert.deepEqual(planTiles(rowsOf(unlike), { maxPairs: 1e6, pairsPerTile: 100 }).map(shape), [
    [2, 41, 41, 0],
    [1, 2, 2, 0],
  ]);
});

Deno.test("completions of one prompt become one tile behind it", () => {
  const prompt = Array.from(sequence(6));
  const completions = [7, 8, 9].map((id) => Int32Array.from([...prompt, id, id, id]));
  assert.deepEqual(
    planTiles(rowsOf(completions), { maxPairs: 1e6, pairsPerTile: 1e3 }).map(shape),
    [
      [1, 6, 6, 0],
      [3, 3, 3, 6],
    ],
  );
});

Deno.test("one sequence of 8,192 tokens never asks for more scores than fit, and stacks little", () => {
  const maxPairs = 2 ** 23 / 16; // 32 MiB of scores over 16 heads
  const builders = planTiles(rowsOf([sequence(8192)]), { maxPairs, pairsPerTile: 4883 });
  for (const { pairs } of builders) assert.ok(pairs <= maxPairs, `${pairs} pairs`);
  const stacked = builders.length * heightOf(builders);
  assert.ok(stacked < 1.5 * 8192, `${stacked} places for 8192 rows`);
  const scored = builders.reduce((sum, { pairs }) => sum + pairs, 0);
  assert.ok(scored < 1.05 * 8192 * 8193 / 2, "hardly more than the causal half is computed");
});

Deno.test("a long sequence that sees both sides is cut into tiles of its rows, each with all its keys", () => {
  const tokens = 8192;
  const limits = { maxPairs: 2 ** 23 / 16, pairsPerTile: 4883 };
  const window = { left: Infinity, right: Infinity };
  const builders = planTiles(rowsOf([sequence(tokens)]), limits, window);
  for (const { pairs, prefix, keys, runs } of builders) {
    assert.ok(pairs <= limits.maxPairs, `${pairs} pairs`);
    assert.equal(prefix.length + keys, tokens);
    assert.equal(runs.length, 1);
  }
  const scored = builders.reduce((sum, { pairs }) => sum + pairs, 0);
  assert.equal(scored, tokens * tokens, "every pair once");
});

Deno.test("within a window, work and memory grow with the pairs that are attended", () => {
  const [tokens, left] = [8192, 511];
  const limits = { maxPairs: 2 ** 23 / 16, pairsPerTile: 4883 };
  const builders = planTiles(rowsOf([sequence(tokens)]), limits, { left, right: 0 });
  const attended = tokens * (left + 1);
  const scored = builders.reduce((sum, { pairs }) => sum + pairs, 0);
  assert.ok(scored < 1.4 * attended, `${scored} pairs for ${attended} that are attended`);
  for (const { pairs } of builders) assert.ok(pairs <= limits.maxPairs);
  assert.ok(builders.length * heightOf(builders) < 1.2 * tokens);
});

Deno.test("runs whose windows begin at different places share the longest prefix", () => {
  const prompt = sequence(50);
  const ends = [3, 5, 9].map((length, i) => {
    return Int32Array.from([...prompt, ...sequence(length, 1000 * (i + 1))]);
  });
  const { segments } = prefixTree(untyped(ends), { tokensPerBranch: 0, sharesUpTo: Infinity });
  const rows = segments.slice(1).map((segment, row) => {
    return { segment, offsets: [segment.ids.length - 1], rows: [row] };
  });
  const builders = planTiles(rows, { maxPairs: 1e6, pairsPerTile: 1e3 }, { left: 20, right: 0 });
  assert.deepEqual(builders.map(shape), [[3, 2, 9, 18]]);
});

Deno.test("one long sequence among many short ones does not make all tiles tall", () => {
  const short = Array.from({ length: 200 }, (_, i) => sequence(20 + i, 10_000 + 1000 * i));
  const rows = rowsOf([sequence(8192), ...short]);
  const builders = planTiles(rows, { maxPairs: 2 ** 23 / 16, pairsPerTile: 4883 });
  const count = rows.reduce((sum, each) => sum + each.rows.length, 0);
  assert.ok(builders.length * heightOf(builders) < 2 * count);
});

Deno.test("short batches are not cut up for evenness", () => {
  const builders = planTiles(rowsOf([sequence(30), sequence(7, 100)]), {
    maxPairs: 1e6,
    pairsPerTile: 1e3,
  });
  assert.equal(builders.length, 1);
});

Deno.test("nothing to lay out is no tile of no height", () => {
  const builders = planTiles([], { maxPairs: 100, pairsPerTile: 10 });
  assert.deepEqual(builders, []);
  assert.equal(heightOf(builders), 0);
});

Deno.test("tens of thousands of runs are planned in one go", () => {
  const single = Array.from({ length: 30_000 }, (_, i) => sequence(1, i));
  const builders = planTiles(rowsOf(single), { maxPairs: 2 ** 19, pairsPerTile: 5000 });
  assert.equal(builders.reduce((sum, { runs }) => sum + runs.length, 0), 30_000);
});
