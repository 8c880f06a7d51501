import assert from "node:assert/strict";
import { chanceOf, paidWithin, precisionOf } from "./marked_tokens.ts";

const completion = {
  rewards: new Float64Array([1, -4, 2, 3]),
  offsets: [[0, 3], [3, 7], [7, 9], [9, 12]] as const,
};

Deno.test("a token is of the range that its last character is in", () => {
  assert.equal(paidWithin(completion, [4, 9]), -4 + 2);
  assert.equal(paidWithin(completion, [3, 8]), -4);
});

Deno.test("marked tokens are ranked by their rewards in the sign's direction", () => {
  assert.equal(precisionOf(completion, { marks: [[3, 7]], sign: -1 }), 1);
  assert.equal(precisionOf(completion, { marks: [[3, 7]], sign: 1 }), 1 / 4);
});

Deno.test("chance is the part that is marked, in code points", () => {
  assert.equal(chanceOf("\u{1F600}bcd", [[0, 1], [2, 3]]), 0.5);
});
