import assert from "node:assert/strict";
import { unitField, unitTextField } from "../../src/wire/unit_field.ts";

Deno.test("a unit in JSON is a name, a window or a separator", () => {
  const field = unitField();
  for (const unit of ["sentence", { window: 3 }, { separator: "##" }, undefined]) {
    assert.deepEqual(field.parse(unit), unit);
  }
  for (const wrong of ["word", { window: 0 }, { window: 1.5 }, { separator: "" }, {}, null, 3]) {
    assert.equal(field.safeParse(wrong).success, false, JSON.stringify(wrong));
  }
});

Deno.test("in an address it is text", () => {
  const field = unitTextField();
  assert.equal(field.parse("clause"), "clause");
  assert.deepEqual(field.parse("window:10"), { window: 10 });
  assert.deepEqual(field.parse("separator:a:b"), { separator: "a:b" });
  const { error } = field.safeParse("window");
  assert.match(error!.issues[0]!.message, /^must be one of token, clause, .* or separator:TEXT$/);
});
