import assert from "node:assert/strict";
import { abc } from "../../src/credit/abc.ts";
import type { PlacedUnits } from "../../src/text/units.ts";
import golden from "../golden/credit.json" with { type: "json" };
import { assigned, identity, singles } from "./given.ts";

type Case = (typeof golden.cases)[number];

for (const [i, example] of golden.cases.entries()) {
  const { response_tokens: tokens, missing_tokens: missing, beta } = example;
  const lost = missing === 0 ? "" : `, ${missing} of them lost`;
  Deno.test(`the authors' rule, byte for byte: case ${i}, ${tokens} tokens${lost}, beta ${beta}`, () => {
    const { shares, rewards } = assigned(abc, givenOf(example), beta);
    assert.deepEqual(shares, Float64Array.from(example.shares));
    const last = tokens - 1;
    assert.deepEqual(rewards.subarray(0, last), Float64Array.from(example.rewards.slice(0, last)));
    // They round (1 - beta) * score to float32 and we do not, which shows where it is not exact.
    const rounding = Number.isInteger(2 * beta) ? 0 : 2 ** -23 * Math.abs(example.score);
    assert.ok(Math.abs(rewards[last]! - example.rewards[last]!) <= rounding);
  });
}

Deno.test("attention is renormalised over the tokens, and the mass it had is told", () => {
  const credit = assigned(abc, {
    score: -2,
    units: identity(3),
    attention: Float64Array.of(0.1, 0.3, 0.1),
    closingAttention: 0.4,
  }, 0.5);
  assert.deepEqual(rounded(credit.shares), [0.2, 0.6, 0.2]);
  assert.deepEqual(rounded(credit.rewards), [-0.2, -0.6, -1.2]);
  assert.equal(credit.responseMass, 0.5);
  assert.equal(credit.fallback, undefined);
});

Deno.test("closing tokens count where the caller has an end-of-sequence unit for them", () => {
  const units: PlacedUnits = {
    ...identity(2),
    parts: singles(1),
    project: (perPart, closing) => Float64Array.of(perPart[0]!, closing),
  };
  const credit = assigned(abc, {
    score: 1,
    units,
    attention: Float64Array.of(0.2),
    closingAttention: 0.6,
  }, 1);
  assert.deepEqual(rounded(credit.shares), [0.25, 0.75]);
  assert.equal(rounded(Float64Array.of(credit.responseMass!))[0], 0.8);
});

Deno.test("no attention at all falls back to equal shares and says so", () => {
  const credit = assigned(abc, { score: 3, units: identity(3), attention: new Float64Array(3) }, 1);
  assert.equal(credit.fallback, "uniform");
  assert.equal(credit.responseMass, 0);
  assert.deepEqual(rounded(credit.rewards), [1, 1, 1]);
});

Deno.test("the smallest attention there is still renormalises", () => {
  const attention = Float64Array.of(2 ** -149, 2 ** -149);
  const credit = assigned(abc, { score: 2, units: identity(2), attention }, 1);
  assert.deepEqual([...credit.rewards], [1, 1]);
  assert.equal(credit.fallback, undefined);
});

Deno.test("a mass that rounding put above 1 is told as 1", () => {
  const attention = Float64Array.of(0.5, 0.50000006);
  assert.equal(assigned(abc, { score: 1, units: identity(2), attention }, 1).responseMass, 1);
});

Deno.test("asking without attention is a mistake of the program", () => {
  assert.throws(() => assigned(abc, { score: 1, units: identity(1) }, 1), TypeError);
});

/** The pooled row's columns of the response; where tokens are missing, zeros stand before. */
function givenOf(example: Case) {
  const attention = Float64Array.from(example.attention_row.slice(example.prompt_tokens));
  const count = example.response_tokens;
  const units: PlacedUnits = {
    ...identity(count),
    parts: singles(attention.length),
    project(perToken) {
      const filled = new Float64Array(count);
      filled.set(perToken, example.missing_tokens);
      return filled;
    },
  };
  return { score: example.score, units, attention };
}

function rounded(values: Float64Array | undefined): number[] {
  return Array.from(values ?? [], (value) => Math.round(value * 1e12) / 1e12);
}
