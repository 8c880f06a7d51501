import assert from "node:assert/strict";
import {
  vllmHead,
  vllmHeadSchemas,
  vllmList,
  vllmListSchemas,
  vllmOptions,
} from "../../../src/http/protocols/vllm.ts";
import { z } from "zod";

Deno.test("the URL says how to score, and the body which model", () => {
  const url = { method: "uniform", beta: "1", unit: "window:3", truncate: "left" };
  const { model, credit, truncation } = vllmOptions({ model: "help" }, url);
  assert.deepEqual([credit, truncation], [
    {
      method: "uniform",
      beta: 1,
      unit: { window: 3 },
      pay: undefined,
      passes: undefined,
      layer: undefined,
    },
    "left",
  ]);
  assert.equal(model, "help");
  assert.throws(() => vllmOptions({}, { model: "a" }), { kind: "invalid_request" });
});

Deno.test("a reply's head and its list are what their schemas say", () => {
  const cost = { tokens: 9, computedTokens: 5, tokenizeMs: 1, queueMs: 2, inferenceMs: 3 };
  const scored = { completions: [], credit: { method: "abc", beta: 0.8 }, cost } as const;
  const served = { requestId: "7", model: "help" };
  const reply = { ...vllmHead("classify", scored, served), ...vllmList([1, 2]) };
  const schema = z.strictObject({ ...vllmHeadSchemas(), ...vllmListSchemas(z.int()) });
  assert.deepEqual(schema.parse(reply), reply);
  assert.equal(reply.id, "classify-7");
});
