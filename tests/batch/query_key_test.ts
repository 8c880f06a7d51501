import assert from "node:assert/strict";
import { queryKey } from "../../src/batch/query_key.ts";
import type { Query } from "../../src/engine/engine.ts";

const query: Query = { ids: Int32Array.of(1, 2, 3), pool: [2], rows: [], measure: [] };

Deno.test("the same question has the same key, wherever its tokens lie in memory", () => {
  const others = Int32Array.of(9, 1, 2, 3, 9);
  assert.equal(queryKey({ ...query, ids: others.subarray(1, 4) }), queryKey(query));
});

const different: readonly (readonly [string, Partial<Query>])[] = [
  ["tokens", { ids: Int32Array.of(1, 2, 4) }],
  ["more tokens", { ids: Int32Array.of(1, 2, 3, 0) }],
  ["types", { types: Int32Array.of(0, 0, 1) }],
  ["types that are given", { types: Int32Array.of(0, 0, 0) }],
  ["the pooled position", { pool: [1] }],
  ["several pooled positions", { pool: [1, 2] }],
  ["rows", { rows: [2] }],
  ["rows in place of pooled positions", { pool: [], rows: [2] }],
  ["a measurement", { measure: ["attention"] }],
  ["tokens that move", { moved: [0, 1] }],
  ["other tokens that move", { moved: [1, 2] }],
  ["another measurement", { measure: ["rollout"] }],
];

/** Changes of the query, and the same of one that is too long to be spelled out. */
const changes = different.flatMap(([, change]) => [change, long(change)]);

function long({ ids = query.ids, ...change }: Partial<Query>): Partial<Query> {
  return { ...change, ids: Int32Array.from([...ids, ...Array(100).fill(7)]) };
}

Deno.test("whatever decides the answer decides the key", () => {
  const keys = [{}, long({}), ...changes].map((change) => queryKey({ ...query, ...change }));
  assert.equal(new Set(keys).size, 2 * different.length + 2);
});

Deno.test("keys of long questions are short", () => {
  for (const count of [65, 10_000]) {
    assert.ok(queryKey({ ...query, ids: new Int32Array(count) }).length < 64);
  }
});
