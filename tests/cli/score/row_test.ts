import assert from "node:assert/strict";
import { isFields, UnreadableRow } from "../../../src/cli/score/row.ts";

Deno.test("fields are objects with names, not lists and not null", () => {
  for (const value of [{}, { a: 1 }, Object.create(null)]) assert.ok(isFields(value));
  for (const value of [null, undefined, [], "a", 1]) {
    assert.ok(!isFields(value), String(value));
  }
});

Deno.test("a row that cannot be read names its line and shows how that begins", () => {
  const { kind, message, line } = new UnreadableRow("is torn", {
    received: "x".repeat(100),
    line: 7,
  });
  assert.deepEqual([kind, line], ["invalid_request", 7]);
  assert.equal(message, `Cannot read the row as its line is torn: received ${"x".repeat(60)}…`);
});
