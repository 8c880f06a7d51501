import assert from "node:assert/strict";
import { isCount, isSpan, spanAt } from "../../src/client/spans.ts";

Deno.test("a span is two whole numbers that do not go back", () => {
  for (const span of [[0, 0], [2, 5]]) assert.ok(isSpan(span));
  for (const other of [[1, 0], [0.5, 1], [-1, 1], [1], [1, 2, 3], "01", null]) {
    assert.ok(!isSpan(other), JSON.stringify(other));
  }
  assert.deepEqual([isCount(3), isCount(-1), isCount("3")], [true, false, false]);
});

Deno.test("what is none is refused with its place", () => {
  assert.deepEqual(spanAt({ value: [1, 4], path: "units[0].tokens" }), [1, 4]);
  assert.throws(() => spanAt({ value: [4, 1], path: "units[0].tokens" }), {
    kind: "protocol",
    path: "units[0].tokens",
  });
});
