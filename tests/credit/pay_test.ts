import assert from "node:assert/strict";
import { payTokens } from "../../src/credit/pay.ts";
import { blocks, identity } from "./given.ts";

const credit = { earned: Float64Array.of(6, -3), rest: 1, shares: Float64Array.of(0.75, 0.25) };

Deno.test("the last token of a unit has all that it earned, and the last of all the rest", () => {
  const { rewards, shares } = payTokens(credit, blocks(5), { unit: "sentence", pay: "last" });
  assert.deepEqual([...rewards], [0, 0, 6, 0, -3 + 1]);
  assert.deepEqual([...shares!], [0, 0, 0.75, 0, 0.25]);
});

Deno.test("or its tokens have the same each; the rest is still the last one's", () => {
  const { rewards, shares } = payTokens(credit, blocks(5), { unit: "sentence", pay: "spread" });
  assert.deepEqual([...rewards], [2, 2, 2, -1.5, -1.5 + 1]);
  assert.deepEqual([...shares!], [0.25, 0.25, 0.25, 0.125, 0.125]);
});

Deno.test("a window spreads each token's credit to its sides and loses nothing at the ends", () => {
  const earned = Float64Array.of(0, 0, 6, 0, 4);
  const { rewards } = payTokens({ earned, rest: 1 }, identity(5), {
    unit: { window: 1 },
    pay: "last",
  });
  assert.deepEqual([...rewards], [0, 2, 2, 2 + 2, 2 + 1]);
});

Deno.test("what else is said of a credit stays", () => {
  const said = { ...credit, offset: 2, responseMass: 0.5, fallback: "uniform" as const };
  const { offset, responseMass, fallback } = payTokens(said, blocks(4), {
    unit: "token",
    pay: "last",
  });
  assert.deepEqual([offset, responseMass, fallback], [2, 0.5, "uniform"]);
});

Deno.test("where there is nobody to pay, nothing is paid", () => {
  const nobody = { earned: new Float64Array(0), rest: 0, offset: 3 };
  const { rewards, offset } = payTokens(nobody, identity(0), { unit: "line", pay: "spread" });
  assert.deepEqual([rewards.length, offset], [0, 3]);
});
