import assert from "node:assert/strict";
import { errorBodySchema, wireErrorKinds } from "../../src/wire/error.ts";

Deno.test("the example is an error body", () => {
  for (const example of errorBodySchema().meta()?.examples as unknown[]) {
    assert.deepEqual(errorBodySchema().parse(example), example);
  }
});

Deno.test("kinds about the machine do not cross the network", () => {
  assert.equal(new Set(wireErrorKinds).size, wireErrorKinds.length);
  for (const kind of ["bad_model", "bad_device", "bad_usage", "training_failed"]) {
    const body = { error: { kind, message: "m", request_id: "r" } };
    assert.equal(errorBodySchema().safeParse(body).success, false);
  }
});
