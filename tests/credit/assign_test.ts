import assert from "node:assert/strict";
import fc from "fast-check";
import { assignCredit, SUM_TOLERANCE } from "../../src/credit/assign.ts";
import type { CreditMethod } from "../../src/credit/method.ts";
import { creditMethods } from "../../src/credit/registry.ts";
import {
  answersTo,
  assigned,
  assignedAndChecked,
  beta,
  type Given,
  givens,
  identity,
  inputsOf,
} from "./given.ts";

for (const method of Object.values<CreditMethod>(creditMethods)) {
  Deno.test(`${method.name}: rewards and offset add up to the score, whatever beta, sign, length and units`, () => {
    fc.assert(
      fc.property(givens, beta, (given, beta) => {
        const { rewards, offset = 0 } = assigned(method, given, beta);
        const paid = total(rewards) + offset;
        const tolerance = SUM_TOLERANCE * Math.max(1, Math.abs(given.score));
        assert.ok(Math.abs(paid - given.score) <= tolerance, `${paid} != ${given.score}`);
      }),
      { numRuns: 500 },
    );
  });

  Deno.test(`${method.name}: one reward per unit, and a share for each where there are shares`, () => {
    fc.assert(fc.property(givens, beta, (given, beta) => {
      const { rewards, shares } = assignedAndChecked(method, given, beta);
      assert.equal(rewards.length, given.units.count);
      if (shares === undefined) return;
      assert.equal(shares.length, given.units.count);
      assert.ok(shares.every((share) => share >= 0));
      if (shares.length > 0) assert.ok(Math.abs(total(shares) - 1) < 1e-9);
    }));
  });

  Deno.test(`${method.name}: no units, nobody to pay, so the whole score is the offset`, () => {
    const nothing: Given = {
      score: -2.5,
      units: identity(0),
      attention: new Float64Array(0),
      prefixScores: new Float64Array(0),
      promptScore: 1,
      attribution: new Float64Array(0),
    };
    const credit = assignedAndChecked(method, nothing, 0.8);
    assert.equal(credit.rewards.length, 0);
    assert.equal(credit.offset, -2.5);
  });

  Deno.test(`${method.name}: beta 0 pays everything to the last token`, () => {
    fc.assert(fc.property(givens, (given) => {
      fc.pre(given.units.count > 0);
      const { rewards, offset = 0 } = assignedAndChecked(method, given, 0);
      assert.ok(rewards.subarray(0, -1).every((reward) => reward === 0));
      assert.ok(rewards.at(-1) === given.score);
      assert.ok(offset === 0);
    }));
  });

  Deno.test(`${method.name}: answers are only read`, () => {
    fc.assert(fc.property(givens, (given) => {
      const inputs = inputsOf(given);
      const answers = answersTo(method.plan(inputs), given);
      const before = structuredClone([answers, inputs.ids]);
      assignCredit(method, answers, { inputs, beta: 0.8 });
      assert.deepEqual([answers, inputs.ids], before);
    }));
  });

  if (!method.signed) {
    Deno.test(`${method.name}: no token's reward has another sign than the score`, () => {
      fc.assert(fc.property(givens, beta, (given, beta) => {
        const { rewards } = assignedAndChecked(method, given, beta);
        assert.ok(rewards.every((reward) => reward * Math.sign(given.score) >= 0));
      }));
    });
  }
}

const sound = {
  score: 1,
  units: identity(2),
  attention: Float64Array.of(0.1, 0.2),
  closingAttention: 0.1,
  prefixScores: Float64Array.of(0.5, 1),
  promptScore: 0.2,
  attribution: Float64Array.of(-3, 2),
  closingAttribution: 0.5,
};

const unsound: readonly (readonly [string, CreditMethod, Partial<Given>, RegExp])[] = [
  [
    "a score that is NaN",
    creditMethods.uniform,
    { score: NaN },
    /the score must be finite: received NaN/,
  ],
  ["an infinite score", creditMethods.terminal, { score: -Infinity }, /received -Infinity/],
  [
    "attention with a NaN",
    creditMethods.abc,
    { attention: Float64Array.of(0.1, NaN) },
    /the attention must be finite/,
  ],
  [
    "closing attention that is NaN",
    creditMethods.abc,
    { closingAttention: NaN },
    /the attention must be finite/,
  ],
  ["a prefix score that is infinite", creditMethods.red, {
    prefixScores: Float64Array.of(Infinity, 1),
  }, /the score of each prefix must be finite/],
  [
    "a prompt score that is NaN",
    creditMethods.red,
    { promptScore: NaN },
    /the score of each prefix must be finite/,
  ],
  [
    "an attribution with a NaN",
    creditMethods.gradient,
    { attribution: Float64Array.of(0.1, NaN) },
    /the gradient must be finite: received NaN/,
  ],
  [
    "a closing attribution that is infinite",
    creditMethods.gradient,
    { closingAttribution: Infinity },
    /the gradient must be finite/,
  ],
  [
    "attributions too far apart for float64",
    creditMethods.gradient,
    { attribution: Float64Array.of(1e30, 1) },
    /must add up to the score 1: received/,
  ],
  [
    "prefix scores too far apart for float64",
    creditMethods.red,
    { prefixScores: Float64Array.of(1e30, 1) },
    /must add up to the score 1: received/,
  ],
];

for (const [name, method, change, message] of unsound) {
  Deno.test(`${name} is a model failure and never a number`, () => {
    assert.throws(
      () => assignedAndChecked(method, { ...sound, ...change }, 0.8),
      { kind: "model_failure", message },
    );
  });
}

Deno.test("a method that loses a part of the score is caught", () => {
  const lossy: CreditMethod = {
    ...creditMethods.uniform,
    assign: ([answer]) => ({ rewards: Float64Array.of(0.9 * answer!.score) }),
  };
  assert.throws(() => assignedAndChecked(lossy, sound, 1), {
    kind: "model_failure",
    message: "Cannot assign credit as the rewards must add up to the score 1: received 0.9",
  });
});

Deno.test("an alignment that loses a token is caught where nothing renormalises it away", () => {
  const lossy = { count: 2, project: (perToken: Float64Array) => Float64Array.of(perToken[0]!, 0) };
  assert.throws(() => assignedAndChecked(creditMethods.red, { ...sound, units: lossy }, 1), {
    kind: "model_failure",
  });
});

function total(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
