import assert from "node:assert/strict";
import type { Query } from "../../../src/engine/engine.ts";
import { scoringFeeds, sequenceOutputs } from "../../../src/engine/passes/scoring.ts";

const tree = {
  sharing: { tokensPerBranch: 0, sharesUpTo: Infinity },
  tiles: { maxPairs: 100, pairsPerTile: 0 },
};
const options = { tree, pooling: "last" } as const;
const queries: Query[] = [
  { ids: Int32Array.of(1, 2, 3), pool: [2], rows: [0], measure: ["attention"] },
  { ids: Int32Array.of(1, 2, 4), pool: [2], rows: [], measure: [] },
];

/** Logits of two labels: ten times the row, and one more. */
function logitsOf(rows: number) {
  return {
    data: Float32Array.from({ length: rows * 2 }, (_, i) => 10 * (i >> 1) + i % 2),
    dims: [rows, 2],
  };
}

Deno.test("each query gets its own rows of logits and, where asked, its row of attention", () => {
  const layout = scoringFeeds(queries, options);
  const attention = { data: Float32Array.of(0.2, 0.3, 0.5, 0), dims: [1, 4] };
  const [first, second] = sequenceOutputs(queries, layout, { logits: logitsOf(3), attention });
  assert.deepEqual([...first!.logits], [0, 1]);
  assert.deepEqual([...first!.rowLogits], [10, 11]);
  assert.deepEqual([...first!.measured.attention!], [...Float32Array.of(0.2, 0.3, 0.5)]);
  assert.deepEqual([...second!.logits], [20, 21]);
  assert.deepEqual(second!.rowLogits, new Float32Array());
  assert.deepEqual(second!.measured, {});
});

for (const bad of [NaN, Infinity, -Infinity]) {
  Deno.test(`${bad} among the logits is an error that names the query`, () => {
    const layout = scoringFeeds(queries, options);
    const logits = logitsOf(3);
    logits.data[5] = bad;
    const attention = { data: Float32Array.of(0.2, 0.3, 0.5, 0), dims: [1, 4] };
    assert.throws(() => sequenceOutputs(queries, layout, { logits, attention }), {
      kind: "model_failure",
      path: "[1]",
      message: `Cannot use a score that is not finite: received ${bad}`,
    });
  });
}

Deno.test("attention that is not finite is an error as well", () => {
  const layout = scoringFeeds(queries, options);
  const attention = { data: Float32Array.of(0.2, NaN, 0.5, 0), dims: [1, 4] };
  assert.throws(() => sequenceOutputs(queries, layout, { logits: logitsOf(3), attention }), {
    path: "[0]",
  });
});

Deno.test("a head that reads means reads one state per answer", () => {
  const asked: Query[] = [
    { ids: Int32Array.of(1, 2, 3), pool: [0, 1, 2], rows: [1], measure: [] },
    { ids: Int32Array.of(4), pool: [0], rows: [], measure: [] },
  ];
  const { feeds, readings } = scoringFeeds(asked, { tree, pooling: "mean" });
  const third = Math.fround(1 / 3);
  assert.deepEqual(feeds["pool"]?.dims, [3, 4]);
  assert.deepEqual([...feeds["pool"]!.data], [
    ...[third, third, third, 0],
    ...[0, 1, 0, 0],
    ...[0, 0, 0, 1],
  ]);
  assert.deepEqual(readings.map((rows) => [...rows]), [[0, 1], [2]]);
});

Deno.test("a head with a gate reads two states per answer, the gate's first row for all of a query's", () => {
  const asked: Query[] = [
    { ids: Int32Array.of(1, 2, 3), pool: [0, 2], rows: [1], measure: ["attention"] },
    { ids: Int32Array.of(1, 2, 3, 4), pool: [1, 3], rows: [], measure: [] },
  ];
  const { feeds, readings, tree: { rowsOf } } = scoringFeeds(asked, {
    tree,
    pooling: { gate: [1] },
  });
  const [[gate, read, row] = [], [other, last] = []] = rowsOf.map((rows) => [...rows]);
  assert.deepEqual([...feeds["read"]!.data], [read, row, last]);
  assert.deepEqual([...feeds["gate"]!.data], [gate, gate, other]);
  assert.deepEqual(readings.map((rows) => [...rows]), [[0, 1], [2]]);
});

Deno.test("a query that pools no position, or more than its head reads, is refused", () => {
  const pooling = (pool: number[]): Query => ({ ...queries[1]!, pool });
  for (
    const [pool, kind] of [[[], "mean"], [[], "last"], [[0, 1], "first"], [
      [0],
      { gate: [1] },
    ]] as const
  ) {
    assert.throws(() => scoringFeeds([pooling([...pool])], { tree, pooling: kind }), RangeError);
  }
});
