import assert from "node:assert/strict";
import { fakeApp } from "../fake_app.ts";

async function ask(body: unknown, { query = "", fake = fakeApp() } = {}) {
  const init = { method: "POST", headers: { "Content-Type": "application/json" } };
  const response = await fake.app.request(`/classify${query}`, {
    ...init,
    body: JSON.stringify(body),
  });
  return { status: response.status, reply: await response.json() };
}

const text = "The film was a delight.";

Deno.test("verl reads the last of the last's probs", async () => {
  const { reply } = await ask({ model: "fake-reward", input: text, use_activation: false });
  assert.equal(reply.object, "list");
  const [raw] = reply.data.at(-1).probs;
  const sum = reply.token_rewards[0].reduce((total: number, each: number) => total + each, 0);
  assert.ok(Math.abs(sum + reply.unassigned[0] - raw) < 1e-6);
  assert.equal(reply.usage.prompt_tokens, reply.usage.total_tokens);
});

Deno.test("scores are raw unless a probability is asked for, under either name", async () => {
  const score = async (more: object) =>
    (await ask({ input: text, ...more })).reply.data[0].probs[0];
  const raw = await score({});
  assert.equal(await score({ use_activation: null }), raw);
  const probability = 1 / (1 + Math.exp(-raw));
  assert.equal(await score({ use_activation: true }), probability);
  assert.equal(await score({ activation: true }), probability);
  assert.equal(await score({ activation: true, use_activation: false }), raw);
});

Deno.test("texts, ids and a conversation are told apart", async () => {
  const fake = fakeApp();
  const ids = (await ask({ input: [[5, 6], [7]] }, { fake })).reply;
  assert.deepEqual(ids.token_ids, [[5, 6], [7]]);
  const one = (await ask({ input: [5, 6] }, { fake })).reply;
  assert.deepEqual(one.data[0].probs, ids.data[0].probs);
  assert.deepEqual(ids.token_rewards_cover, "text");
  const messages = [{ role: "user", content: "How was it?" }, {
    role: "assistant",
    content: "Good",
  }];
  const chat = (await ask({ messages }, { fake })).reply;
  assert.equal(chat.token_rewards_cover, "completion");
  assert.deepEqual(chat.token_offsets[0].at(-1)[1], 4);
});

Deno.test("texts get special tokens unless the request says otherwise", async () => {
  const fake = fakeApp();
  const length = async (more: object) => {
    await ask({ input: "a b", ...more }, { fake });
    return fake.model.engine.batches.at(-1)![0]!.ids.length;
  };
  assert.equal(await length({ add_special_tokens: false }), 2);
  assert.ok(await length({}) > 2);
});

Deno.test("texts that are too long are cut where the request says -1", async () => {
  const long = "word ".repeat(100);
  assert.equal((await ask({ input: long })).status, 422);
  const { reply } = await ask({ input: long, truncate_prompt_tokens: -1 });
  assert.deepEqual(reply.truncated, [true]);
});

Deno.test("errors are vLLM's", async () => {
  const { status, reply } = await ask({ input: [] });
  assert.equal(status, 400);
  assert.deepEqual(
    { ...reply.error, message: "" },
    { message: "", type: "BadRequestError", param: "input", code: 400 },
  );
  assert.equal((await ask({ input: "a", model: "gpt-9" })).reply.error.type, "NotFoundError");
});
