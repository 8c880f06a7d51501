import assert from "node:assert/strict";
import { creditMethodNames } from "../../../src/credit/registry.ts";
import { askedOfServer } from "../../../src/ppo/rollout/credit_choice.ts";

Deno.test("the server is asked for its own methods by name", () => {
  for (const method of creditMethodNames) {
    assert.deepEqual(askedOfServer({ method, beta: 0.3 }), { method, beta: 0.3 });
  }
});

Deno.test("where the policy spreads the score, the server is asked for no more than the score", () => {
  assert.deepEqual(askedOfServer({ method: "abcd", beta: 0.3 }), { method: "terminal", beta: 0.3 });
});
