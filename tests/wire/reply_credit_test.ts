import assert from "node:assert/strict";
import { creditReplySchema, unitsSchema } from "../../src/wire/reply_credit.ts";

Deno.test("a reply says how scores were spread, with the unit where it is no token", () => {
  const schema = creditReplySchema();
  for (const unit of ["sentence", { window: 3 }, { separator: "#" }]) {
    const credit = { method: "red", beta: 1, unit, pay: "last" };
    assert.deepEqual(schema.parse(credit), credit);
  }
  assert.deepEqual(schema.parse({ method: "abc", beta: 0.8 }), { method: "abc", beta: 0.8 });
});

Deno.test("units are ranges with what their tokens are paid", () => {
  const units = [{ tokens: [0, 2], characters: [0, 9], reward: 1 }, { tokens: [2, 3], reward: -2 }];
  assert.deepEqual(unitsSchema().parse(units), units);
  assert.equal(unitsSchema().safeParse([{ tokens: [0, 2] }]).success, false);
});
