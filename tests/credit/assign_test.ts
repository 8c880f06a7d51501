import assert from "node:assert/strict";
import type { CreditMethod } from "../../src/credit/method.ts";
import { creditMethods } from "../../src/credit/registry.ts";
import { assignedAndChecked, type Given, identity } from "./given.ts";

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
    assign: ([answer]) => ({ earned: Float64Array.of(0.9 * answer!.score, 0), rest: 0 }),
  };
  assert.throws(() => assignedAndChecked(lossy, sound, 1), {
    kind: "model_failure",
    message: "Cannot assign credit as the rewards must add up to the score 1: received 0.9",
  });
});

Deno.test("an alignment that loses a token is caught where nothing renormalises it away", () => {
  const lossy = {
    ...identity(2),
    project: (perPart: Float64Array) => Float64Array.of(perPart[0]!, 0),
  };
  assert.throws(() => assignedAndChecked(creditMethods.red, { ...sound, units: lossy }, 1), {
    kind: "model_failure",
  });
});
