import assert from "node:assert/strict";
import fc from "fast-check";
import { gradient } from "../../src/credit/gradient.ts";
import { assigned, assignedAndChecked, givens, identity, singles } from "./given.ts";

Deno.test("a token is worth its attribution, and the last one the rest of the score too", () => {
  const attribution = Float64Array.of(1, -2, 0.5);
  const { rewards, shares, offset } = assigned(gradient, {
    score: 4,
    units: identity(3),
    attribution,
  }, 1);
  assert.deepEqual([...rewards], [1, -2, 0.5 + 4.5]);
  assert.deepEqual([shares, offset], [undefined, undefined]);
});

Deno.test("beta weighs the attributions, and the rest of the score goes to the last token", () => {
  const attribution = Float64Array.of(1, -2, 0.5);
  const { rewards, residual } = assigned(
    gradient,
    { score: 4, units: identity(3), attribution },
    0.5,
  );
  assert.deepEqual([...rewards], [0.5, -1, 0.25 + 2 + 2.25]);
  assert.equal(residual, 2.25);
});

Deno.test("attributions that cancel out blow nothing up", () => {
  const attribution = Float64Array.of(1, -1, 1e-300);
  const { rewards } = assigned(gradient, { score: 3, units: identity(3), attribution }, 1);
  assert.deepEqual([...rewards], [1, -1, 3]);
});

Deno.test("a caller's end-of-sequence unit has what the closing tokens are worth", () => {
  const units = {
    ...identity(3),
    parts: singles(2),
    project: (own: Float64Array, closing: number) => Float64Array.of(...own, closing),
  };
  const given = { units, attribution: Float64Array.of(1, 2), closingAttribution: 0.25 };
  assert.deepEqual([...assigned(gradient, { ...given, score: 3.25 }, 1).rewards], [1, 2, 0.25]);
  assert.deepEqual([...assigned(gradient, { ...given, score: 4 }, 1).rewards], [1, 2, 1]);
});

Deno.test("without such a unit the closing tokens' worth is part of the rest", () => {
  const given = { score: 4, units: identity(2), attribution: Float64Array.of(1, 2) };
  const { rewards } = assigned(gradient, { ...given, closingAttribution: 7 }, 1);
  assert.deepEqual(rewards, assigned(gradient, given, 1).rewards);
});

Deno.test("of a score that is linear in the embeddings every token gets just its own part", () => {
  const vector = fc.array(fc.double({ min: -4, max: 4, noNaN: true }), {
    minLength: 5,
    maxLength: 5,
  });
  const tokens = fc.array(vector, { minLength: 1, maxLength: 20 });
  fc.assert(fc.property(tokens, vector, (embeddings, weights) => {
    // The score is the sum of weights . e[t], whose gradient is the same at every token.
    const parts = Float64Array.from(
      embeddings,
      (embedding) => embedding.reduce((sum, each, i) => sum + each * weights[i]!, 0),
    );
    const score = parts.reduce((sum, part) => sum + part, 0);
    const given = { score, units: identity(parts.length), attribution: parts };
    const { rewards } = assignedAndChecked(gradient, given, 1);
    assert.deepEqual(rewards.subarray(0, -1), parts.subarray(0, -1).map((part) => 0 + part));
    assert.ok(Math.abs(rewards.at(-1)! - parts.at(-1)!) < 1e-9, "nothing is left over");
  }));
});

Deno.test("all but the last reward are linear in beta, whatever the score", () => {
  fc.assert(fc.property(givens, fc.double({ min: 0, max: 1, noNaN: true }), (given, beta) => {
    const [whole, part] = [
      assigned(gradient, given, 1),
      assigned(gradient, { ...given, score: 7 }, beta),
    ];
    const expected = whole.rewards.subarray(0, -1).map((reward) => 0 + beta * reward);
    assert.deepEqual(part.rewards.subarray(0, -1), expected);
  }));
});

Deno.test("asking without an attribution is a mistake of the program", () => {
  assert.throws(() => assigned(gradient, { score: 1, units: identity(1) }, 1), TypeError);
});
