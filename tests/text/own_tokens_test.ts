import assert from "node:assert/strict";
import { ownTokens } from "../../src/text/own_tokens.ts";

const step = (mark: number, at: number, inserted = true) => ({ mark, at, inserted });

Deno.test("without inserted marks every token is the completion's own", () => {
  const own = ownTokens({ completion: [3, 6], steps: [step(5, 5, false)] });
  assert.equal(own.count, 3);
  assert.deepEqual([0, 1, 2].map(own.indexOf), [0, 1, 2]);
  assert.deepEqual(own.of(["a", "b", "c"]), ["a", "b", "c"]);
  assert.deepEqual(own.fold(Float64Array.of(1, 2, 3)), Float64Array.of(1, 2, 3));
});

Deno.test("an inserted mark is none of them, and what it has goes to the token before it", () => {
  // a b [m m] c [m]
  const own = ownTokens({ completion: [10, 16], steps: [step(12, 13), step(15, 15)] });
  assert.equal(own.count, 3);
  assert.deepEqual([0, 1, 2, 3, 4, 5].map(own.indexOf), [0, 1, 1, 1, 2, 2]);
  assert.deepEqual(own.of(["a", "b", "m", "m", "c", "m"]), ["a", "b", "c"]);
  assert.deepEqual(own.of([]), []);
  assert.deepEqual(own.fold(Float64Array.of(1, 2, 4, 8, 16, 32)), Float64Array.of(1, 14, 48));
});

Deno.test("a completion of a mark alone has no token of its own", () => {
  const own = ownTokens({ completion: [2, 3], steps: [step(2, 2)] });
  assert.equal(own.count, 0);
  assert.equal(own.indexOf(0), -1);
  assert.equal(own.fold(Float64Array.of(1)).length, 0);
});
