import assert from "node:assert/strict";
import { equalShares, payNobody, payShares, sum } from "../../src/credit/shares.ts";

Deno.test("a score is paid in shares, and what is not spread goes to the last", () => {
  const shares = Float64Array.of(0.25, 0.75);
  const credit = payShares(4, { shares, beta: 0.5 });
  assert.deepEqual([[...credit.earned], credit.rest], [[0.5, 1.5], 2]);
  assert.equal(credit.shares, shares);
  assert.equal(credit.offset, undefined);
});

Deno.test("without shares there is nobody to pay", () => {
  const credit = payShares(4, { shares: new Float64Array(0), beta: 0.5 });
  assert.deepEqual(credit, { ...payNobody(4), shares: new Float64Array(0) });
  assert.equal(credit.offset, 4);
});

Deno.test("equal shares of nothing are none", () => {
  assert.equal(equalShares(0).length, 0);
  assert.equal(sum(equalShares(4)), 1);
});
