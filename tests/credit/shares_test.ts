import assert from "node:assert/strict";
import { equalShares, payAmounts, payNobody, payShares, sum } from "../../src/credit/shares.ts";

Deno.test("a score is paid in shares, and what is not spread goes to the last", () => {
  const shares = Float64Array.of(0.25, 0.75);
  const credit = payShares(4, { shares, beta: 0.5 });
  assert.deepEqual([[...credit.earned], credit.rest], [[0.5, 1.5], 2]);
  assert.equal(credit.shares, shares);
  assert.equal(credit.offset, undefined);
});

Deno.test("amounts that miss a part of the score leave a residual, which the rest holds", () => {
  const credit = payAmounts(4, { amounts: Float64Array.of(1, -2), beta: 0.5 });
  assert.deepEqual(credit, { earned: Float64Array.of(0.5, -1), rest: 4.5, residual: 2.5 });
  assert.equal(payAmounts(-1, { amounts: Float64Array.of(1, -2), beta: 0.5 }).residual, 0);
  assert.ok(Object.is(payAmounts(-1, { amounts: Float64Array.of(1), beta: 0 }).residual, 0));
  assert.deepEqual(payAmounts(4, { amounts: new Float64Array(), beta: 0.5 }), payNobody(4));
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
