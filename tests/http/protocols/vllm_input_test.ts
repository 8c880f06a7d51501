import assert from "node:assert/strict";
import { z } from "zod";
import {
  requireOneInput,
  vllmCover,
  vllmInputFields,
  vllmPlace,
  vllmSamples,
  vllmTruncation,
} from "../../../src/http/protocols/vllm_input.ts";
import { defaultWireLimits } from "../../../src/wire/limits.ts";

const schema = z.object(vllmInputFields(defaultWireLimits)).superRefine(requireOneInput);
const asked = { role: "user", content: "How was it?" };
const answered = { role: "assistant", content: [{ type: "text", text: "Good" }] };

Deno.test("the last turn of a conversation is scored, and is what rewards cover", () => {
  const body = schema.parse({ messages: [asked, answered] });
  const completion = { kind: "chat", messages: [asked], completion: "Good" };
  assert.deepEqual(vllmSamples(body), [completion]);
  assert.deepEqual([vllmCover(body), vllmPlace(body, 0)], ["completion", "messages"]);
});

Deno.test("a text is all completion, and is cut where the body says so", () => {
  const body = schema.parse({ input: ["a", "b"], truncate_prompt_tokens: -1 });
  assert.equal(vllmSamples(body).length, 2);
  assert.deepEqual([vllmCover(body), vllmPlace(body, 1)], ["text", "input[1]"]);
  assert.equal(vllmTruncation(body, "none"), "right");
  assert.equal(vllmTruncation({}, "left"), "left");
});

Deno.test("what is null is left out", () => {
  const text = schema.parse({ input: "a", messages: null });
  assert.deepEqual([vllmSamples(text).length, vllmCover(text), vllmPlace(text, 0)], [
    1,
    "text",
    "input",
  ]);
  const chat = schema.parse({ input: null, messages: [asked, answered] });
  assert.equal(vllmSamples(chat)[0]?.kind, "chat");
  assert.deepEqual([vllmCover(chat), vllmPlace(chat, 0)], ["completion", "messages"]);
  assert.ok(!schema.safeParse({ input: null, messages: null }).success);
});

Deno.test("what would score something else than what was sent is refused", () => {
  const tools = { role: "assistant", content: "", tool_calls: [{ type: "function" }] };
  const refused = [
    {},
    { input: "a", messages: [asked, answered] },
    { messages: [answered, asked] },
    { messages: [asked, tools] },
    { input: "a", add_generation_prompt: true },
    { input: "a", chat_template: "{{ messages }}" },
    { input: "a", truncation_side: "left" },
  ];
  for (const body of refused) assert.ok(!schema.safeParse(body).success, JSON.stringify(body));
});
