import assert from "node:assert/strict";
import fc from "fast-check";
import { terminal } from "../../src/credit/terminal.ts";
import { assigned, beta, identity, score } from "./given.ts";

Deno.test("the last token gets exactly the score, whatever beta is", () => {
  fc.assert(fc.property(score, beta, fc.integer({ min: 1, max: 9 }), (score, beta, count) => {
    const { rewards, shares } = assigned(terminal, { score, units: identity(count) }, beta);
    assert.ok(rewards.at(-1) === score);
    assert.ok(rewards.subarray(0, -1).every((reward) => reward === 0));
    assert.equal(shares?.at(-1), 1);
  }));
});
