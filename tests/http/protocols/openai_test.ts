import assert from "node:assert/strict";
import { fakeApp } from "../fake_app.ts";
import { AbacusError } from "../../../src/errors.ts";
import {
  inputField,
  inputPlace,
  inputSamples,
  openaiErrors,
  usageOf,
  usageSchema,
} from "../../../src/http/protocols/openai.ts";
import { defaultWireLimits } from "../../../src/wire/limits.ts";

Deno.test("errors are OpenAI's, with the status as their code", () => {
  const types = [[400, "BadRequestError"], [401, "AuthenticationError"], [404, "NotFoundError"], [
    500,
    "InternalServerError",
  ], [503, "ServiceUnavailableError"]] as const;
  for (const [status, type] of types) {
    const error = new AbacusError("invalid_request", "Cannot", { path: "input" });
    const body = openaiErrors.errorBody(error, "1", status);
    const expected = { message: "Cannot (at input)", type, param: "input", code: status };
    assert.deepEqual(body, { error: expected });
    assert.deepEqual(openaiErrors.errorSchema().parse(body), body);
  }
});

Deno.test("usage counts what was read", () => {
  const cost = { tokens: 9, computedTokens: 5, tokenizeMs: 1, queueMs: 2, inferenceMs: 3 };
  const usage = usageOf({ completions: [], credit: { method: "abc", beta: 0.8 }, cost });
  assert.deepEqual(usageSchema().parse(usage), usage);
  assert.deepEqual([usage.prompt_tokens, usage.completion_tokens], [9, 0]);
  assert.equal(usage.prompt_tokens_details, null);
  const reused = usageOf({
    ...{ completions: [], credit: { method: "abc", beta: 0.8 } },
    cost: { ...cost, reusedTokens: { inFlight: 2, kept: 3 } },
  });
  assert.deepEqual(usageSchema().parse(reused).prompt_tokens_details, { cached_tokens: 5 });
});

Deno.test("one text, several, one list of ids and several are told apart, with their places", () => {
  const cases = [
    ["a", 1, "input"],
    [["a", "b"], 2, "input[0]"],
    [[5, 6], 1, "input"],
    [[[5], [6]], 2, "input[0]"],
  ] as const;
  for (const [given, samples, place] of cases) {
    const input = inputField(defaultWireLimits).parse(given);
    assert.equal(inputSamples(input).length, samples);
    assert.equal(inputPlace(input, 0), place);
  }
});

Deno.test("an error of a list names the input that is wrong", async () => {
  const { app } = fakeApp();
  for (
    const [path, input, message] of [
      ["/v1/embeddings", ["a", "b", 5], /input\[2\] must be a string: received 5/],
      ["/v1/embeddings", [1, -2], /input\[1\] must be at least 0: received -2/],
      ["/classify", ["a", null], /input\[1\] must be a string: received null/],
      ["/pooling", [[1], [2, "a"]], /input\[1\]\[1\] must be a number: received 'a'/],
    ] as const
  ) {
    const response = await app.request(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ model: "fake-reward", input }),
    });
    assert.equal(response.status, 400);
    assert.match((await response.json()).error.message, message);
  }
});
