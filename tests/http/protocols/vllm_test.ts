import assert from "node:assert/strict";
import { AbacusError } from "../../../src/errors.ts";
import {
  usageOf,
  usageSchema,
  vllmErrors,
  vllmOptions,
  wantsActivation,
} from "../../../src/http/protocols/vllm.ts";

Deno.test("errors are OpenAI's, with the status as their code", () => {
  const types = [[400, "BadRequestError"], [401, "AuthenticationError"], [404, "NotFoundError"], [
    500,
    "InternalServerError",
  ], [503, "ServiceUnavailableError"]] as const;
  for (const [status, type] of types) {
    const error = new AbacusError("invalid_request", "Cannot", { path: "input" });
    const body = vllmErrors.errorBody(error, "1", status);
    const expected = { message: "Cannot (at input)", type, param: "input", code: status };
    assert.deepEqual(body, { error: expected });
    assert.deepEqual(vllmErrors.errorSchema().parse(body), body);
  }
});

Deno.test("a probability is asked for by either name, the newer first", () => {
  assert.ok(!wantsActivation({}) && !wantsActivation({ use_activation: null }));
  assert.ok(wantsActivation({ activation: true }));
  assert.ok(!wantsActivation({ activation: true, use_activation: false }));
});

Deno.test("usage counts what was read", () => {
  const cost = { tokens: 9, computedTokens: 5, tokenizeMs: 1, queueMs: 2, inferenceMs: 3 };
  const usage = usageOf({ completions: [], credit: { method: "abc", beta: 0.8 }, cost });
  assert.deepEqual(usageSchema().parse(usage), usage);
  assert.deepEqual([usage.prompt_tokens, usage.completion_tokens], [9, 0]);
});

Deno.test("the URL says how to score", () => {
  const { credit, truncation } = vllmOptions({ method: "uniform", beta: "1", truncate: "left" });
  assert.deepEqual([credit, truncation], [{ method: "uniform", beta: 1 }, "left"]);
  assert.throws(() => vllmOptions({ model: "a" }), { kind: "invalid_request" });
});
