import assert from "node:assert/strict";
import { termsOf } from "../../src/credit/choice.ts";
import { creditMethods } from "../../src/credit/registry.ts";
import { scoredCredit } from "../../src/scorer/scored_credit.ts";

Deno.test("an answer says the unit and its pay where units are not single tokens", () => {
  const { abc, occlusion } = creditMethods;
  assert.deepEqual(scoredCredit(termsOf(abc, { beta: 0.5 })), { method: "abc", beta: 0.5 });
  assert.deepEqual(scoredCredit(termsOf(abc, { beta: 1, unit: "line" })), {
    method: "abc",
    beta: 1,
    unit: "line",
    pay: "last",
  });
  assert.deepEqual(scoredCredit(termsOf(occlusion, { beta: 1 })), {
    method: "occlusion",
    beta: 1,
    unit: "sentence",
    pay: "spread",
  });
  assert.equal(scoredCredit(termsOf(occlusion, { beta: 1, unit: "token" })).unit, undefined);
});
