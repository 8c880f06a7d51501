import assert from "node:assert/strict";
import { AbacusError } from "../../src/errors.ts";
import { caseOf, EmptyRequest } from "../../src/http/failure_case.ts";

Deno.test("a server that is not ready is told from one that is asked too much, and nothing from what is wrong", () => {
  const overloaded = (tooMany: boolean) => new AbacusError("overloaded", "Cannot", { tooMany });
  assert.equal(caseOf(overloaded(false)), "unready");
  assert.equal(caseOf(overloaded(true)), undefined);
  const empty = new EmptyRequest("texts");
  assert.deepEqual([caseOf(empty), empty.kind, empty.path], ["empty", "invalid_request", "texts"]);
  assert.equal(caseOf(new AbacusError("invalid_request", "Cannot")), undefined);
});
