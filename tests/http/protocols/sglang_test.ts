import assert from "node:assert/strict";
import { fakeApp } from "../fake_app.ts";

async function ask(body: unknown, query = "", path = `/classify${query}`) {
  const init = { method: "POST", headers: { "Content-Type": "application/json" } };
  const response = await fakeApp().app.request(path, { ...init, body: JSON.stringify(body) });
  return { status: response.status, reply: await response.json() };
}

Deno.test("one text is answered by an object, and a list by a list", async () => {
  const { reply: one } = await ask({ text: "The film was dull." });
  const { reply: [first, second] } = await ask({ text: ["The film was dull.", "Good."] });
  assert.deepEqual(first.embedding, one.embedding);
  assert.notDeepEqual(second.embedding, one.embedding);
  const sum = one.token_rewards.reduce((total: number, each: number) => total + each, 0);
  assert.ok(Math.abs(sum + one.unassigned - one.embedding[0]) < 1e-6);
});

Deno.test("ids are taken as they are, and callers' own ids come back", async () => {
  const { reply: one } = await ask({ input_ids: [5, 6], rid: "mine" });
  assert.equal(one.meta_info.id, "mine");
  assert.equal(one.meta_info.prompt_tokens, 2);
  const { reply: [first] } = await ask({ input_ids: [[5, 6], [7]], rid: ["a", "b"] });
  assert.equal(first.meta_info.id, "a");
  assert.deepEqual(first.embedding, one.embedding);
});

Deno.test("prompt tokens are all that the model read", async () => {
  const { reply } = await ask({ text: "The film was dull." });
  const { reply: pooled } = await ask({ input: "The film was dull." }, "", "/pooling");
  assert.equal(reply.meta_info.prompt_tokens, pooled.data[0].token_ids.length);
  assert.ok(reply.meta_info.prompt_tokens > reply.token_rewards.length);
});

Deno.test("what is null is left out, in the words of either protocol of the path", async () => {
  for (const given of [{ text: ["a b"] }, { text: "a b" }, { input_ids: [1, 2] }]) {
    const nulls = { text: null, input_ids: null, input: null, messages: null };
    const { status, reply } = await ask({ ...nulls, ...given });
    assert.equal(status, 200, JSON.stringify(reply));
    assert.deepEqual([reply].flat()[0].embedding, [(await ask(given)).reply].flat()[0].embedding);
  }
  const neither = await ask({ text: null, input_ids: null });
  assert.equal(neither.status, 400);
});

Deno.test("errors are SGLang's, and name the place", async () => {
  const { status, reply } = await ask({ text: ["a", 3] });
  assert.equal(status, 400);
  assert.match(reply.error.message, /text\[1\]|text must/);
  assert.equal((await ask({ text: "a" }, "?model=gpt-9")).status, 404);
});
