import assert from "node:assert/strict";
import fc from "fast-check";
import { nextCoefficient } from "../../../src/ppo/math/kl_controller.ts";
import golden from "../../golden/ppo.json" with { type: "json" };
import { assertNear } from "./arbitrary_rows.ts";

const control = { target: 6, horizon: 10_000 };

Deno.test("the coefficient takes the way that numpy takes", () => {
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

Deno.test("it moves towards the target, and by at most a fifth of samples over horizon", () => {
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

Deno.test("within a fifth of the target it moves in proportion", () => {
  assert.equal(nextCoefficient(0.2, { kl: 6, samples: 64 }, control), 0.2);
  const [near, nearer] = [6.6, 6.3].map((kl) =>
    nextCoefficient(0.2, { kl, samples: 1000 }, control) - 0.2
  );
  assertNear([near!, nearer!], [0.2 * 0.1 * 0.1, 0.2 * 0.05 * 0.1]);
});

Deno.test("a fixed coefficient stays, whatever was observed", () => {
  assert.equal(nextCoefficient(0.05, { kl: 1e9, samples: 1e9 }, "fixed"), 0.05);
});

Deno.test("settings under which it could turn negative are refused", () => {
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
