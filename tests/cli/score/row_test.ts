import assert from "node:assert/strict";
import { isFields } from "../../../src/cli/score/row.ts";
import { AbacusError } from "../../../src/errors.ts";

Deno.test("fields are objects with names, not lists, not null, not errors in a row's place", () => {
  for (const value of [{}, { a: 1 }, Object.create(null)]) assert.ok(isFields(value));
  for (const value of [null, undefined, [], "a", 1, new AbacusError("invalid_request", "Cannot")]) {
    assert.ok(!isFields(value), String(value));
  }
});
