import assert from "node:assert/strict";
import fc from "fast-check";
import type { Segment } from "../../src/tree/prefix_tree.ts";
import { piecesOf, runsOf } from "../../src/tree/runs.ts";
import { CAUSAL } from "../../src/tree/window.ts";

function segment(length: number, first: number, parent?: Segment): Segment {
  const start = parent === undefined ? 0 : parent.start + parent.ids.length;
  return { parent, start, ids: new Int32Array(length), first, sequenceLength: start + length };
}

const prompt = segment(4, 10);
const turn = segment(3, 20, prompt);
const completion = segment(5, 30, turn);
const all = (length: number) => Array.from({ length }, (_, i) => i);
const unlimited = { window: CAUSAL, maxPairs: Infinity, maxRows: Infinity };

Deno.test("a segment of few pairs is one run behind what stands above it", () => {
  const offsets = all(5);
  const [run, ...others] = runsOf(
    { segment: completion, offsets, rows: [0, 1, 2, 3, 4] },
    unlimited,
  );
  assert.deepEqual(others, []);
  assert.deepEqual(run, {
    prefix: { segment: completion, own: 0, length: 7 },
    keys: { first: 30, length: 5 },
    rows: [0, 1, 2, 3, 4],
    from: [-7, -7, -7, -7, -7],
    reach: [1, 2, 3, 4, 5],
  });
});

Deno.test("pieces of a prefix lead from the root to its last token", () => {
  assert.deepEqual(piecesOf({ segment: completion, own: 0, length: 7 }), [
    { first: 10, length: 4 },
    { first: 20, length: 3 },
  ]);
  assert.deepEqual(piecesOf({ segment: completion, own: 2, length: 9 }).at(-1), {
    first: 30,
    length: 2,
  });
  assert.deepEqual(piecesOf({ segment: prompt, own: 0, length: 0 }), []);
});

Deno.test("a run that starts in the middle takes the tokens before it for its prefix", () => {
  const rows = [7, 8, 9, 10, 11];
  const runs = runsOf({ segment: completion, offsets: all(5), rows }, { ...unlimited, maxRows: 2 });
  assert.deepEqual(
    runs.map(({ prefix, keys, rows, reach }) => [prefix.length, keys, rows, reach]),
    [
      [7, { first: 30, length: 2 }, [7, 8], [1, 2]],
      [9, { first: 32, length: 2 }, [9, 10], [1, 2]],
      [11, { first: 34, length: 1 }, [11], [1]],
    ],
  );
});

Deno.test("rows that stand apart reach over the tokens between them", () => {
  const runs = runsOf({ segment: completion, offsets: [1, 4], rows: [0, 1] }, unlimited);
  assert.deepEqual(runs, [{
    prefix: { segment: completion, own: 0, length: 7 },
    keys: { first: 30, length: 5 },
    rows: [0, 1],
    from: [-7, -7],
    reach: [2, 5],
  }]);
});

Deno.test("runs hold every row once, in order, within the limits", () => {
  const arbitrary = fc.record({
    offsets: fc.uniqueArray(fc.nat(30), { minLength: 1 }).map((each) =>
      each.toSorted((a, b) => a - b)
    ),
    maxPairs: fc.integer({ min: 1, max: 200 }),
    maxRows: fc.integer({ min: 1, max: 10 }),
  });
  const long = segment(31, 100, prompt);
  fc.assert(fc.property(arbitrary, ({ offsets, ...limits }) => {
    const rows = offsets.map((offset) => 1000 + offset);
    const runs = runsOf({ segment: long, offsets, rows }, { ...limits, window: CAUSAL });
    assert.deepEqual(runs.flatMap((run) => run.rows), rows);
    for (const { rows, reach, keys, prefix } of runs) {
      assert.ok(rows.length <= limits.maxRows);
      assert.ok(
        rows.length === 1 || rows.length * (prefix.length + keys.length) <= limits.maxPairs,
      );
      rows.forEach((row, i) => {
        const seen = keys.first + reach[i]! - 1; // the last token it sees is its own
        assert.equal(seen, long.first + row - 1000);
        assert.ok(reach[i]! >= 1 && reach[i]! <= keys.length);
      });
      assert.equal(prefix.length, long.start + keys.first - long.first);
    }
  }));
});

Deno.test("no rows are no runs", () => {
  assert.deepEqual(runsOf({ segment: prompt, offsets: [], rows: [] }, unlimited), []);
});
