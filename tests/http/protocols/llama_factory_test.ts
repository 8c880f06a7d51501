import assert from "node:assert/strict";
import { fakeApp, type FakeAppOptions } from "../fake_app.ts";

async function post(body: unknown, query = "", options: FakeAppOptions = {}) {
  const { app } = fakeApp(options);
  const init = { method: "POST", headers: { "Content-Type": "application/json" } };
  const path = `/v1/score/evaluation${query}`;
  return await app.request(path, { ...init, body: JSON.stringify(body) });
}

const messages = ["<s>The film was a delight.</s>", "<s>The film was dull.</s>"];

Deno.test("the name that LlamaFactory gives every model stands for the default one", async () => {
  const others = { others: ["second"] };
  const reply = await (await post({ model: "model", messages }, "", others)).json();
  assert.equal(reply.model, "fake-reward");
  assert.equal(reply.object, "score.evaluation");
  assert.match(reply.id, /^scoreval-./);
  const second = await (await post({ model: "model", messages }, "?model=second", others)).json();
  assert.equal(second.model, "second");
});

Deno.test("token rewards cover the whole text, and say so", async () => {
  const reply = await (await post({ model: "model", messages })).json();
  assert.equal(reply.token_rewards_cover, "text");
  for (const [i, text] of messages.entries()) {
    const offsets: [number, number][] = reply.token_offsets[i];
    assert.equal(offsets[0]![0], 0);
    assert.equal(offsets.at(-1)![1], [...text].length);
    assert.equal(reply.token_rewards[i].length, offsets.length);
  }
});

Deno.test("a text that is too long is cut where the URL says so, not by max_length", async () => {
  const long = ["word ".repeat(100)];
  assert.equal((await post({ model: "model", messages: long })).status, 422);
  const cut = await (await post({ model: "model", messages: long }, "?truncate=right")).json();
  assert.deepEqual(cut.truncated, [true]);
  const response = await post({ model: "model", messages, max_length: 8 });
  assert.equal(response.status, 400);
  assert.match((await response.json()).detail, /max_length must be left out .*: received 8/);
  assert.equal((await post({ model: "model", messages, max_length: null })).status, 200);
});
