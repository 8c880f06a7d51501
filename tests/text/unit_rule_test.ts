import assert from "node:assert/strict";
import fc from "fast-check";
import {
  isOfTokens,
  LONGEST_SEPARATOR,
  MOST_WINDOW,
  parseUnit,
  unitNames,
  type UnitRule,
  unitText,
} from "../../src/text/unit_rule.ts";

Deno.test("a unit is written as text and read again", () => {
  const rules = fc.oneof<fc.Arbitrary<UnitRule>[]>(
    fc.constantFrom(...unitNames),
    fc.integer({ min: 1, max: MOST_WINDOW }).map((window) => ({ window })),
    fc.string({ minLength: 1, maxLength: LONGEST_SEPARATOR }).map((separator) => ({ separator })),
  );
  fc.assert(fc.property(rules, (rule) => assert.deepEqual(parseUnit(unitText(rule)), rule)));
});

Deno.test("what is no unit is none", () => {
  const long = "#".repeat(LONGEST_SEPARATOR + 1);
  for (
    const text of ["", "word", "window:", "window:0", "window:2000", "window:1.5", "window:-1"]
  ) {
    assert.equal(parseUnit(text), undefined, text);
  }
  assert.equal(parseUnit("separator:"), undefined);
  assert.equal(parseUnit(`separator:${long}`), undefined);
});

Deno.test("tokens and windows need no text", () => {
  assert.deepEqual([isOfTokens("token"), isOfTokens({ window: 3 })], [true, true]);
  assert.deepEqual([isOfTokens("line"), isOfTokens({ separator: "#" })], [false, false]);
});
