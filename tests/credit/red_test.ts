import assert from "node:assert/strict";
import fc from "fast-check";
import { red } from "../../src/credit/red.ts";
import { assigned, blocks, givens, identity, inputsOf } from "./given.ts";

Deno.test("a token is worth what it changes, and the prompt's own score is the offset", () => {
  const { rewards, offset, shares } = assigned(red, {
    score: 4,
    units: identity(3),
    promptScore: 1,
    prefixScores: Float64Array.of(3, 2, 4),
  }, 1);
  assert.deepEqual([...rewards], [2, -1, 2]);
  assert.equal(offset, 1);
  assert.equal(shares, undefined);
});

Deno.test("beta weighs the changes, and the rest of the score goes to the last token", () => {
  const { rewards, offset } = assigned(red, {
    score: 4,
    units: identity(2),
    promptScore: 1,
    prefixScores: Float64Array.of(3, 4),
  }, 0.5);
  assert.deepEqual([...rewards], [1, 0.5 + 2]);
  assert.equal(offset, 0.5);
});

Deno.test("what closing tokens of a template change is the last unit's", () => {
  const { rewards } = assigned(red, {
    score: 10,
    units: identity(2),
    promptScore: 0,
    prefixScores: Float64Array.of(1, 2),
  }, 1);
  assert.deepEqual([...rewards], [1, 9]);
});

Deno.test("a completion without a token before it starts from zero", () => {
  const inputs = { score: 2, units: identity(1), prefixScores: Float64Array.of(2) };
  const { rewards, offset } = assigned(red, inputs, 1);
  assert.deepEqual([...rewards], [2]);
  assert.equal(offset, 0);
});

Deno.test("a caller's end-of-sequence unit behind no text gets all that the prompt did not have", () => {
  const units = {
    ...identity(1),
    parts: [],
    project: (_: Float64Array, closing: number) => Float64Array.of(closing),
  };
  const inputs = { score: 3, units, promptScore: 1, prefixScores: new Float64Array(0) };
  const { rewards, offset } = assigned(red, inputs, 1);
  assert.deepEqual([...rewards], [2]);
  assert.equal(offset, 1);
});

Deno.test("it is a potential of the prefix: a token's reward does not depend on what follows", () => {
  fc.assert(fc.property(givens, fc.nat(), (whole, at) => {
    const { prefixScores = new Float64Array(0), promptScore = 0 } = whole;
    const tokens = prefixScores.length;
    fc.pre(tokens > 1);
    const cut = 1 + at % (tokens - 1);
    const part = { score: 7, units: identity(cut + 1), promptScore };
    const short = assigned(red, { ...part, prefixScores: prefixScores.slice(0, cut + 1) }, 1);
    const long = assigned(red, { ...whole, units: identity(tokens) }, 1);
    assert.deepEqual(short.rewards.subarray(0, cut), long.rewards.subarray(0, cut));
  }));
});

Deno.test("a longer unit is read once, at its end, and is worth what it changes", () => {
  const given = {
    score: 5,
    units: blocks(5),
    promptScore: 1,
    prefixScores: Float64Array.of(9, 9, 3, 9, 4),
  };
  // The prompt is token 0; the units are tokens 1 to 3 and 4 to 5.
  assert.deepEqual([...red.plan(inputsOf(given))][0]?.rows, [0, 3, 5]);
  const paid = (pay: "last" | "spread") => [
    ...assigned(red, given, 1, { unit: "sentence", pay }).rewards,
  ];
  assert.deepEqual(paid("last"), [0, 0, 2, 0, 1 + 1]);
  assert.deepEqual(paid("spread"), [2 / 3, 2 / 3, 2 / 3, 0.5, 0.5 + 1]);
});

Deno.test("asking without prefix scores is a mistake of the program", () => {
  assert.throws(() => assigned(red, { score: 1, units: identity(1) }, 1), TypeError);
});
