import assert from "node:assert/strict";
import { DEADLINE_HEADER, deadlineOf } from "../../src/http/deadline.ts";

function asked(value: string, limitMs: number): number {
  return deadlineOf(new Headers({ [DEADLINE_HEADER]: value }), limitMs);
}

Deno.test("a caller may shorten the deadline and not extend it", () => {
  assert.equal(deadlineOf(new Headers(), 120_000), 120_000);
  assert.equal(deadlineOf(new Headers(), 0), 0);
  assert.equal(asked("5000", 120_000), 5_000);
  assert.equal(asked("500000", 120_000), 120_000);
  assert.equal(asked("5000", 0), 5_000);
});

for (const value of ["0", "-1", "1.5", "soon", "", "1e3", "86400001", "9".repeat(40), "5 ms"]) {
  Deno.test(`a deadline of '${value}' is invalid`, () => {
    assert.throws(() => asked(value, 120_000), {
      kind: "invalid_request",
      message: "Cannot answer as x-abacus-deadline-ms must be a whole number from 1 to 86400000: " +
        `received '${value}'`,
    });
  });
}
