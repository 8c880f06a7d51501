import assert from "node:assert/strict";
import { fakeApp } from "../fake_app.ts";

async function ask(body: unknown, path = "/v1/embeddings") {
  const init = { method: "POST", headers: { "Content-Type": "application/json" } };
  const response = await fakeApp().app.request(path, { ...init, body: JSON.stringify(body) });
  return { status: response.status, reply: await response.json() };
}

Deno.test("a reward model's embedding is its raw score, as the classification says it", async () => {
  const input = ["The film was dull.", "Good."];
  const { status, reply } = await ask({ input, model: "fake-reward" });
  assert.equal(status, 200);
  const { reply: native } = await ask({ text: input }, "/classify");
  for (const [i, { object, index, embedding }] of reply.data.entries()) {
    assert.deepEqual([object, index, embedding], ["embedding", i, native[i].embedding]);
    const sum = reply.token_rewards[i].reduce((total: number, each: number) => total + each, 0);
    assert.ok(Math.abs(sum + reply.unassigned[i] - embedding[0]) < 1e-6);
  }
  assert.notDeepEqual(reply.data[0].embedding, reply.data[1].embedding);
});

Deno.test("one text and ids are inputs too", async () => {
  const { reply: one } = await ask({ input: "Good." });
  const { reply: many } = await ask({ input: ["Good."] });
  assert.deepEqual(one.data, many.data);
  const { reply: ids } = await ask({ input: [[5, 6], [7]] });
  assert.equal(ids.data.length, 2);
});

Deno.test("what an embedding asks wrongly is refused in OpenAI's words", async () => {
  const { status, reply } = await ask({ input: [] });
  assert.deepEqual([status, reply.error.type], [400, "BadRequestError"]);
  assert.equal((await ask({ input: "a", model: "gpt-9" })).status, 404);
});
