import assert from "node:assert/strict";
import fc from "fast-check";
import { type KlEstimator, klEstimators, klPerToken } from "../../../src/ppo/math/kl.ts";
import golden from "../../golden/ppo.json" with { type: "json" };
import { assertNear, rowsOf, twoRows } from "./arbitrary_rows.ts";

const names = Object.keys(klEstimators) as KlEstimator[];
const policies = rowsOf(golden.kl.policy);
const references = rowsOf(golden.kl.reference);

Deno.test("the estimators give the numbers of numpy", () => {
  assert.deepEqual(names, ["k1", "k2", "k3"]);
  for (const name of names) {
    for (const [i, policy] of policies.entries()) {
      const found = klPerToken(name, { policy, reference: references[i]! });
      assertNear(found, golden.kl[name][i]!, 1e-13);
    }
  }
});

Deno.test("k1 and k3 are unbiased: their mean over the policy is the divergence that torch gives", () => {
  for (const [i, divergence] of golden.kl.divergence.entries()) {
    for (const name of ["k1", "k3"] as const) {
      assertNear([expected(name, policies[i]!, references[i]!)], [divergence]);
    }
    assert.ok(Math.abs(expected("k2", policies[i]!, references[i]!) - divergence) > 1e-3);
  }
});

Deno.test("the estimators agree to second order", () => {
  for (const [i, policy] of policies.entries()) {
    const errors = [0.02, 0.01].map((distance) => {
      const near = normalised(policy.map((each, t) => each + distance * references[i]![t]!));
      return Math.abs(expected("k1", policy, near) - expected("k2", policy, near));
    });
    // Half the distance leaves an eighth of the third-order error, where a second-order one left a quarter.
    const ratio = errors[0]! / errors[1]!;
    assert.ok(ratio > 7 && ratio < 9, `${ratio}`);
  }
  fc.assert(fc.property(fc.double({ min: -0.5, max: 0.5, noNaN: true }), (x) => {
    const third = Math.abs(x) ** 3 / 6 * Math.exp(Math.abs(x)) + 1e-16;
    assert.ok(Math.abs(klEstimators.k3(x) - klEstimators.k2(x)) <= third);
  }));
});

Deno.test("k2 and k3 are never negative, and 0 where nothing has moved", () => {
  const logRatio = fc.oneof(
    fc.double({ min: -600, max: 600, noNaN: true }),
    fc.double({ min: -1e-6, max: 1e-6, noNaN: true }),
  );
  fc.assert(fc.property(logRatio, (x) => {
    for (const name of ["k2", "k3"] as const) assert.ok(klEstimators[name](x) >= 0);
  }));
  for (const name of names) assert.equal(klEstimators[name](0), 0);
});

Deno.test("k3 keeps its digits where the policies are close", () => {
  // A subtraction from 1 would leave 4 of them here.
  assert.ok(Math.abs(klEstimators.k3(1e-6) / 5e-13 - 1) < 1e-6);
});

Deno.test("what is not a number does not turn into one", () => {
  for (const name of names) assert.ok(Number.isNaN(klEstimators[name](NaN)));
});

Deno.test("the rows stay as they are and k1 adds up over the completion", () => {
  fc.assert(fc.property(twoRows, ([policy, reference]) => {
    const before = [policy.slice(), reference.slice()];
    const kl = klPerToken("k1", { policy, reference });
    assert.deepEqual([policy, reference], before);
    assertNear([total(kl)], [total(policy) - total(reference)], 1e-10);
  }));
});

Deno.test("rows of two lengths are a mistake of the program", () => {
  const [policy, reference] = [new Float64Array(2), new Float64Array(3)];
  assert.throws(() => klPerToken("k1", { policy, reference }), RangeError);
});

/** The mean of an estimator over all tokens, each as likely as the policy makes it. */
function expected(name: KlEstimator, policy: Float64Array, reference: Float64Array): number {
  const estimates = klPerToken(name, { policy, reference });
  return total(estimates.map((each, t) => Math.exp(policy[t]!) * each));
}

function normalised(logits: Float64Array): Float64Array {
  const mass = Math.log(total(logits.map(Math.exp)));
  return logits.map((each) => each - mass);
}

function total(row: Float64Array): number {
  return row.reduce((sum, each) => sum + each, 0);
}
