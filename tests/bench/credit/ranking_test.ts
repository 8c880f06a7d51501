import assert from "node:assert/strict";
import { averagePrecision, correlation, mean, relativeError } from "./ranking.ts";

Deno.test("average precision is the mean of the precisions at the marked places", () => {
  assert.equal(averagePrecision([3, 2, 1], [true, true, false]), 1);
  assert.equal(averagePrecision([3, 2, 1], [false, true, true]), (1 / 2 + 2 / 3) / 2);
  assert.ok(Number.isNaN(averagePrecision([1, 2], [false, false])));
});

Deno.test("of places with one value, it is the mean over all their orders", () => {
  // Of one marked among two: first (1) or second (1/2).
  assert.equal(averagePrecision([1, 1], [true, false]), 0.75);
  // Of two marked among three: orders MMx 1, MxM 5/6, xMM 7/12.
  const expected = (1 + 5 / 6 + 7 / 12) / 3;
  assert.ok(Math.abs(averagePrecision([0, 0, 0], [true, false, true]) - expected) < 1e-12);
});

Deno.test("agreement with known numbers", () => {
  assert.ok(Math.abs(correlation([1, 2, 3], [2, 4, 6]) - 1) < 1e-12);
  assert.ok(Number.isNaN(correlation([1, 1], [1, 2])));
  assert.equal(relativeError([1, -1], [1, 1]), 1);
  assert.equal(mean([1, NaN, 3]), 2);
});
