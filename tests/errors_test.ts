import assert from "node:assert/strict";
import { AbacusError, messageOf } from "../src/errors.ts";

const cause = new Error("below");
const error = new AbacusError("overloaded", "Cannot score as the queue is full", {
  path: "items[0]",
  retryAfterS: 3,
  cause,
});

Deno.test("a copy of an error has what was changed and keeps the rest", () => {
  const placed = error.with({ path: "items[2]" });
  assert.ok(placed instanceof AbacusError && placed !== error);
  assert.equal(placed.path, "items[2]");
  assert.deepEqual(
    [placed.kind, placed.message, placed.retryAfterS, placed.cause],
    ["overloaded", "Cannot score as the queue is full", 3, cause],
  );
  assert.equal(error.path, "items[0]");
});

Deno.test("a copy may lose its path, and say something else for another cause", () => {
  const other = new Error("another");
  const changed = error.with({ message: "Cannot score", path: undefined, cause: other });
  assert.deepEqual([changed.message, changed.path, changed.cause], [
    "Cannot score",
    undefined,
    other,
  ]);
  assert.equal(changed.retryAfterS, 3);
});

Deno.test("an error without a cause has none after a copy", () => {
  const copy = new AbacusError("bad_usage", "Cannot run").with({ path: "--port" });
  assert.ok(!("cause" in copy));
});

Deno.test("the message of whatever was thrown", () => {
  assert.equal(messageOf(error), "Cannot score as the queue is full");
  assert.equal(messageOf("torn"), "torn");
  assert.equal(messageOf(undefined), "undefined");
});
