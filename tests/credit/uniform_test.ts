import assert from "node:assert/strict";
import { uniform } from "../../src/credit/uniform.ts";
import { assigned, identity } from "./given.ts";

Deno.test("every token has the same share", () => {
  const { shares, rewards } = assigned(uniform, { score: 8, units: identity(4) }, 1);
  assert.deepEqual([...shares!], [0.25, 0.25, 0.25, 0.25]);
  assert.deepEqual([...rewards], [2, 2, 2, 2]);
});

Deno.test("beta below 1 leaves the rest to the last token", () => {
  const { rewards } = assigned(uniform, { score: 8, units: identity(4) }, 0.5);
  assert.deepEqual([...rewards], [1, 1, 1, 1 + 4]);
});

Deno.test("shares are per unit, however many tokens a unit has", () => {
  const units = { ...identity(2), project: () => Float64Array.of(9, 1) };
  assert.deepEqual([...assigned(uniform, { score: 1, units }, 1).shares!], [0.5, 0.5]);
});
