import assert from "node:assert/strict";
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
