import assert from "node:assert/strict";
import { pooledPositions, poolingText } from "../../src/text/pooling.ts";

const ids = Int32Array.of(7, 5, 9, 5, 6);

Deno.test("a text is pooled at its last token, its first, all of them or the last of an id", () => {
  assert.deepEqual(pooledPositions(ids, "last"), [4]);
  assert.deepEqual(pooledPositions(ids, "first"), [0]);
  assert.deepEqual(pooledPositions(ids, "mean"), [0, 1, 2, 3, 4]);
  assert.deepEqual(pooledPositions(ids, { named: 5 }), [3]);
});

Deno.test("a text without the token that the score is read at is refused", () => {
  assert.throws(() => pooledPositions(ids, { named: 8 }), {
    kind: "invalid_request",
    message: "Cannot score as the score is read at the token 8: received a text without it",
  });
});

Deno.test("each kind of pooling is said in words", () => {
  assert.deepEqual(
    (["last", "first", "mean", { named: 5 }] as const).map(poolingText),
    ["last token", "first token", "mean of all tokens", "last token of id 5"],
  );
});
