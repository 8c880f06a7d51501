import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type KlEstimator,
  klEstimators,
  klPerToken,
  nextCoefficient,
} from "../../../src/ppo/math/kl.ts";
import golden from "../../golden/ppo.json" with { type: "json" };
import { assertNear, rowsOf, twoRows } from "./arbitrary_rows.ts";

const names = Object.keys(klEstimators) as KlEstimator[];
const policies = rowsOf(golden.kl.policy);
const references = rowsOf(golden.kl.reference);

Deno.test("the estimators match numpy", () => {
  assert.deepEqual(names, ["k1", "k2", "k3"]);
  for (const name of names) {
    for (const [i, policy] of policies.entries()) {
      const found = klPerToken(name, { policy, reference: references[i]! });
      assertNear(found, golden.kl[name][i]!, 1e-13);
    }
  }
});

Deno.test("k1 and k3 are unbiased: their mean over the policy is torch's divergence", () => {
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

Deno.test("k2 and k3 are never negative, and 0 for equal policies", () => {
  const logRatio = fc.oneof(
    fc.double({ min: -600, max: 600, noNaN: true }),
    fc.double({ min: -1e-6, max: 1e-6, noNaN: true }),
  );
  fc.assert(fc.property(logRatio, (x) => {
    for (const name of ["k2", "k3"] as const) assert.ok(klEstimators[name](x) >= 0);
  }));
  for (const name of names) assert.equal(klEstimators[name](0), 0);
});

Deno.test("k3 is accurate for close policies", () => {
  // A subtraction from 1 would leave 4 of them here.
  assert.ok(Math.abs(klEstimators.k3(1e-6) / 5e-13 - 1) < 1e-6);
});

Deno.test("NaN stays NaN", () => {
  for (const name of names) assert.ok(Number.isNaN(klEstimators[name](NaN)));
});

Deno.test("inputs are not modified, and k1 sums over the completion", () => {
  fc.assert(fc.property(twoRows, ([policy, reference]) => {
    const before = [policy.slice(), reference.slice()];
    const kl = klPerToken("k1", { policy, reference });
    assert.deepEqual([policy, reference], before);
    assertNear([total(kl)], [total(policy) - total(reference)], 1e-10);
  }));
});

Deno.test("rows of different lengths are an error", () => {
  const [policy, reference] = [new Float64Array(2), new Float64Array(3)];
  assert.throws(() => klPerToken("k1", { policy, reference }), RangeError);
});

const control = { target: 6, horizon: 10_000 };

Deno.test("the coefficient follows numpy's sequence", () => {
  const { first, target, horizon, kl, samples, coefficients } = golden.kl_controller;
  let coefficient = first;
  const found = kl.map((observed, step) => {
    coefficient = nextCoefficient(
      coefficient,
      { kl: observed, samples: samples[step]! },
      { target, horizon },
    );
    return coefficient;
  });
  assertNear(found, coefficients, 1e-14);
});

Deno.test("it moves towards the target, by at most a fifth of samples / horizon", () => {
  const kl = fc.double({ min: -1e3, max: 1e3, noNaN: true });
  fc.assert(
    fc.property(
      kl,
      fc.integer({ min: 1, max: 49_000 }),
      fc.double({ min: 1e-6, max: 10, noNaN: true }),
      (
        observed,
        samples,
        coefficient,
      ) => {
        const next = nextCoefficient(coefficient, { kl: observed, samples }, control);
        const most = 0.2 * samples / control.horizon;
        assert.ok(Math.abs(next / coefficient - 1) <= most + 1e-12);
        assert.ok(next > 0);
        if (observed > 6.1) assert.ok(next > coefficient);
        if (observed < 5.9) assert.ok(next < coefficient);
      },
    ),
  );
});

Deno.test("within a fifth of the target it moves in proportion to the error", () => {
  assert.equal(nextCoefficient(0.2, { kl: 6, samples: 64 }, control), 0.2);
  const [near, nearer] = [6.6, 6.3].map((kl) =>
    nextCoefficient(0.2, { kl, samples: 1000 }, control) - 0.2
  );
  assertNear([near!, nearer!], [0.2 * 0.1 * 0.1, 0.2 * 0.05 * 0.1]);
});

Deno.test("a fixed coefficient never changes", () => {
  assert.equal(nextCoefficient(0.05, { kl: 1e9, samples: 1e9 }, "fixed"), 0.05);
});

Deno.test("settings that could make it negative are refused", () => {
  const observed = { kl: 1, samples: 50 };
  for (
    const wrong of [
      { target: 0, horizon: 100 },
      { target: -1, horizon: 100 },
      { target: NaN, horizon: 100 },
      { target: 6, horizon: 0 },
      { target: 6, horizon: 10 },
    ]
  ) assert.throws(() => nextCoefficient(0.2, observed, wrong), RangeError);
  assert.ok(nextCoefficient(0.2, observed, { target: 6, horizon: 11 }) > 0);
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
