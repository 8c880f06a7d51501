import assert from "node:assert/strict";
import fc from "fast-check";
import { agreementOf, type Pair } from "../../../src/cli/fidelity/agreement.ts";

function pairsOf(exact: readonly number[], other: readonly number[]): Pair[] {
  return exact.map((score, i) => ({ exact: { score }, other: { score: other[i]! } }));
}

Deno.test("scores and credit that are the same agree in everything", () => {
  const scores = fc.uniqueArray(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 2 });
  fc.assert(fc.property(scores, (drawn) => {
    const credit = [0.25, 0.75];
    const pairs = drawn.map((score): Pair => ({
      exact: { score, credit },
      other: { score, credit },
    }));
    const { spearman, ...rest } = agreementOf(pairs);
    assert.ok(Math.abs(spearman - 1) < 1e-9);
    assert.deepEqual(rest, {
      completions: drawn.length,
      meanDifference: 0,
      largestDifference: 0,
      pairs: drawn.length * (drawn.length - 1) / 2,
      orderKept: 1,
      medianVariation: 0,
      largestVariation: 0,
    });
  }));
});

Deno.test("an order that is turned round is kept by no pair, and ties count as none", () => {
  const turned = agreementOf(pairsOf([1, 2, 3, 4], [4, 3, 2, 1]));
  assert.ok(Math.abs(turned.spearman + 1) < 1e-9);
  assert.equal(turned.orderKept, 0);
  const tied = agreementOf(pairsOf([1, 1, 2], [5, 6, 6]));
  assert.equal(tied.pairs, 2);
  assert.equal(tied.orderKept, 0.5);
});

Deno.test("equal scores share their ranks", () => {
  // Pearson's correlation of the ranks 1, 2.5, 2.5, 4, 5 and 1, 4, 2.5, 2.5, 5: 7.25 / 9.5.
  const { spearman } = agreementOf(pairsOf([1, 2, 2, 4, 5], [1, 3, 2, 2, 9]));
  assert.ok(Math.abs(spearman - 0.7631578947368421) < 1e-9, `${spearman}`);
});

Deno.test("differences are of scores, and variation is half of what shares differ by", () => {
  const found = agreementOf([
    { exact: { score: 1, credit: [0.5, 0.5] }, other: { score: 1.5, credit: [0.25, 0.75] } },
    { exact: { score: -1, credit: [1] }, other: { score: -1.25, credit: [1] } },
    { exact: { score: 0, credit: [] }, other: { score: 0, credit: [] } },
  ]);
  assert.equal(found.meanDifference, 0.25);
  assert.equal(found.largestDifference, 0.5);
  assert.equal(found.medianVariation, 0.125);
  assert.equal(found.largestVariation, 0.25);
});

Deno.test("what one completion without shares does not tell is not a number", () => {
  const { spearman, orderKept, medianVariation, largestVariation } = agreementOf(pairsOf([1], [2]));
  assert.deepEqual([spearman, orderKept, medianVariation, largestVariation], [NaN, NaN, NaN, NaN]);
});
