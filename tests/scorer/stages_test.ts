import assert from "node:assert/strict";
import { AbacusError } from "../../src/errors.ts";
import { SampleError } from "../../src/scorer/scored.ts";
import { attempt, orThrow, requireMethod } from "../../src/scorer/stages.ts";
import { fakeModel } from "../support/fake_model.ts";

Deno.test("a method is one that the model can be asked for", () => {
  assert.equal(requireMethod("red", fakeModel()).name, "red");
  assert.throws(() => requireMethod("red", fakeModel({ attention: "bidirectional" })), {
    kind: "invalid_request",
    path: "credit.method",
  });
});

Deno.test("an error of ours about one sample stays in its place, and a bug goes through", () => {
  const fail = (error: Error) => () => {
    throw error;
  };
  const about = attempt(3, fail(new AbacusError("too_long", "Cannot")));
  assert.ok(about instanceof SampleError && about.sample === 3);
  const late = attempt(3, fail(new AbacusError("deadline_exceeded", "Cannot")));
  assert.ok(late instanceof AbacusError && !(late instanceof SampleError));
  assert.throws(() => attempt(3, fail(new RangeError("bug"))), RangeError);
  assert.throws(() => orThrow(late), { kind: "deadline_exceeded" });
  assert.equal(orThrow(attempt(0, () => 7)), 7);
});
