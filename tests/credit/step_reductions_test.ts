import assert from "node:assert/strict";
import fc from "fast-check";
import { type StepReduction, stepReductions } from "../../src/credit/step_reductions.ts";

const scores = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), {
  minLength: 1,
  maxLength: 40,
}).map((list) => Float64Array.from(list));

for (const [name, reduction] of Object.entries<StepReduction>(stepReductions)) {
  Deno.test(`${name}: what the steps are paid and the offset add up to the score`, () => {
    fc.assert(fc.property(scores.map((list) => list.map((each) => each / 5)), (scores) => {
      const parts = reduction.pay(scores);
      assert.equal(parts.length, scores.length);
      const paid = parts.reduce((sum, each) => sum + each, reduction.offset ?? 0);
      assert.ok(Math.abs(paid - reduction.score(scores)) < 1e-9);
    }));
  });

  Deno.test(`${name}: the score of one step is that step's`, () => {
    assert.equal(reduction.score(Float64Array.of(0.25)), 0.25);
    assert.ok(reduction.summary.length > 10);
  });
}

/** Of 0.5, 0.25, 0.25, 0.8. */
const expected: Readonly<Record<keyof typeof stepReductions, readonly [number, number[]]>> = {
  mean: [0.45, [0.125, 0.0625, 0.0625, 0.2]],
  min: [0.25, [0, 0.25, 0, 0]],
  product: [0.025, [-0.5, -0.375, -0.09375, -0.00625]],
  last: [0.8, [0, 0, 0, 0.8]],
  sum: [1.8, [0.5, 0.25, 0.25, 0.8]],
};

for (const [name, [score, parts]] of Object.entries(expected)) {
  Deno.test(`${name}: as its equation says`, () => {
    const reduction: StepReduction = stepReductions[name as keyof typeof expected];
    const scores = Float64Array.of(0.5, 0.25, 0.25, 0.8);
    assert.ok(Math.abs(reduction.score(scores) - score) < 1e-12);
    reduction.pay(scores).forEach((part, i) => assert.ok(Math.abs(part - parts[i]!) < 1e-12));
  });
}
