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
  ["another measurement", { measure: ["rollout"] }],
];

Deno.test("whatever decides the answer decides the key", () => {
  const keys = different.map(([, change]) => queryKey({ ...query, ...change }));
  assert.equal(new Set([queryKey(query), ...keys]).size, different.length + 1);
});
