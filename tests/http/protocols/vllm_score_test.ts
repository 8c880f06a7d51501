import assert from "node:assert/strict";
import { fakeApp } from "../fake_app.ts";
import { assertCut } from "./vllm_cut.ts";

async function ask(body: unknown, path = "/score") {
  const init = { method: "POST", headers: { "Content-Type": "application/json" } };
  return await (await fakeApp().app.request(path, { ...init, body: JSON.stringify(body) })).json();
}

Deno.test("one first text stands before each of the others, under every pair of names", async () => {
  const seconds = [" a delight.", " dull."];
  const reply = await ask({ text_1: "The film was", text_2: seconds });
  const scores = reply.data.map(({ score }: { score: number }) => score);
  const twice = await ask(
    { data_1: ["The film was", "The film was"], data_2: seconds },
    "/v1/score",
  );
  assert.deepEqual(twice.data, reply.data);
  assert.deepEqual((await ask({ queries: "The film was", items: seconds })).data, reply.data);
  const alone = await ask({ queries: "The film was", documents: seconds[1] });
  assert.equal(alone.data[0].score, scores[1]);
  assert.equal(reply.token_rewards_cover, "completion");
});

Deno.test("a probability is the sigmoid of the raw score", async () => {
  const pair = { text_1: "The film was", text_2: " dull." };
  const { data: [{ score }] } = await ask(pair);
  const { data: [{ score: probability }], token_rewards: [rewards], unassigned: [rest] } =
    await ask({
      ...pair,
      use_activation: true,
    });
  assert.equal(probability, 1 / (1 + Math.exp(-score)));
  const sum = rewards.reduce((total: number, each: number) => total + each, rest);
  assert.ok(Math.abs(sum - score) < 1e-6);
});

Deno.test("two pairs, or a part of a second one, are refused by their names; null is no text", async () => {
  const pair = { text_1: "The film was", text_2: " dull." };
  const { data } = await ask({ ...pair, queries: null, documents: null });
  assert.deepEqual(data, (await ask(pair)).data);
  const others = { queries: "The film was", documents: [" dull."] };
  for (
    const [body, names] of [
      [{ ...pair, ...others }, "text_1 and text_2 and queries and documents"],
      [{ ...others, text_1: "a" }, "text_1 and queries and documents"],
      [{ ...others, items: ["a"] }, "queries and documents and items"],
      [{ text_1: "a", documents: ["a"] }, "text_1 and documents"],
    ] as const
  ) {
    const { error } = await ask(body);
    assert.equal(error.code, 400);
    assert.match(error.message, new RegExp(`must hold two texts: .*, and not ${names}: received`));
  }
  assert.match((await ask({ text_1: "a" })).error.message, /or data_1 and data_2: received/);
});

Deno.test("texts that are too long are cut where the body says so, and to no other length", async () => {
  await assertCut("/score", (long) => ({ text_1: "The film", text_2: long }));
});
