import assert from "node:assert/strict";
import { fakeApp, type FakeAppOptions } from "../fake_app.ts";

interface Reply {
  readonly [key: string]: unknown;
  readonly rewards: unknown;
  readonly token_rewards: number[][];
  readonly token_rewards_cover: string[];
  readonly token_offsets: [number, number][][];
}

function post(body: unknown, { query = "", options = {} as FakeAppOptions } = {}) {
  const headers = { "Content-Type": "application/json" };
  const init = { method: "POST", body: JSON.stringify(body), headers };
  return Promise.resolve(fakeApp(options).app.request(`/get_reward${query}`, init));
}

async function ask(body: unknown, query = ""): Promise<Reply> {
  const response = await post(body, { query });
  assert.equal(response.status, 200, await response.clone().text());
  return await response.json();
}

/** The extents of what `torch.tensor` would make of a value; fails where it would refuse it. */
function tensorShape(value: unknown): number[] {
  if (!Array.isArray(value)) {
    assert.equal(typeof value, "number", `torch.tensor refuses ${JSON.stringify(value)}`);
    return [];
  }
  const shapes = value.map(tensorShape);
  for (const shape of shapes) {
    assert.deepEqual(shape, shapes[0], "torch.tensor refuses ragged lists");
  }
  return [value.length, ...shapes[0] ?? []];
}

const query = ["The film was fine.", "The film was dull."];
const prompts = ["The film was", "The film was"];

Deno.test("the oldest client sends queries alone and makes one tensor of the rewards", async () => {
  const reply = await ask({ query });
  assert.deepEqual(tensorShape(reply.rewards), [2]);
  assert.deepEqual(reply.token_rewards_cover, ["query", "query"]);
  const [offsets] = reply.token_offsets;
  assert.deepEqual([offsets!.at(0)![0], offsets!.at(-1)![1]], [0, query[0]!.length]);
});

Deno.test("clients until 2025 join the rewards of their servers, some of which got nothing", async () => {
  const labels = ["5", null];
  const replies = [
    await ask({ query, prompts, labels }),
    await ask({ query: [], prompts: [], labels: [] }),
  ];
  // torch.cat wants vectors, of floats and of any length.
  for (const { rewards } of replies) assert.equal(tensorShape(rewards).length, 1);
  assert.deepEqual(replies.flatMap(({ rewards }) => tensorShape(rewards)), [2, 0]);
  // A server without extra_logs is joined with others like it.
  assert.ok(replies.every((reply) => !("extra_logs" in reply)));
  assert.deepEqual(replies[0]!["scores"], replies[0]!.rewards);
});

Deno.test("the present client sends one sample and wraps what it finds in another list", async () => {
  const reply = await ask({
    query: query.slice(0, 1),
    prompts: prompts.slice(0, 1),
    labels: [null],
  });
  const { rewards, scores = rewards } = reply;
  assert.deepEqual(tensorShape([rewards]), [1, 1]);
  assert.deepEqual(tensorShape([scores]), [1, 1]);
  assert.deepEqual(reply.token_rewards_cover, ["response"]);
});

Deno.test("token rewards are those of the response, where the prompt tells where it begins", async () => {
  const { token_rewards, token_offsets } = await ask({ query, prompts });
  assert.deepEqual(token_offsets[0], [[0, 5], [5, 6]]);
  assert.equal(token_rewards[0]!.length, 2);
});

Deno.test("a prompt that a query does not begin with says nothing of where its response begins", async () => {
  const reply = await ask({ query, prompts: ["The film was", "Another"] });
  assert.deepEqual(reply.token_rewards_cover, ["response", "query"]);
  const alone = await ask({ query: query.slice(1) });
  assert.deepEqual(reply.token_rewards[1], alone.token_rewards[0]);
});

Deno.test("the tokenizer adds no special tokens to a query, which has them already", async () => {
  const { app, model } = fakeApp();
  const init = { method: "POST", headers: { "Content-Type": "application/json" } };
  await app.request("/get_reward", { ...init, body: JSON.stringify({ query: ["a b"] }) });
  assert.equal(model.engine.batches[0]?.[0]?.ids.length, 2);
});

Deno.test("the URL chooses the method, beta, truncation and the model", async () => {
  const body = { query, prompts };
  const reply = await ask(body, "?method=uniform&beta=1&truncate=left&model=fake-reward");
  assert.deepEqual(reply["credit"], { method: "uniform", beta: 1 });
  const [first, second] = reply.token_rewards[0]!;
  assert.equal(first, second);
  const long = { query: [`${"a ".repeat(99)}end`], prompts: ["a "] };
  assert.equal((await post(long)).status, 422);
  assert.deepEqual((await ask(long, "?truncate=right"))["truncated"], [true]);
});

Deno.test("the URL chooses whether queries are closed, once", async () => {
  const { app, model } = fakeApp();
  const init = { method: "POST", headers: { "Content-Type": "application/json" } };
  const lengths = async (query: string) => {
    await app.request(`/get_reward${query}`, { ...init, body: JSON.stringify({ query: ["a b"] }) });
    return model.engine.batches.at(-1)?.map(({ ids }) => ids.length);
  };
  assert.deepEqual([await lengths("?close=eos"), await lengths("?close=none")], [[3], [2]]);
});

for (
  const [wrong, message] of [
    ["?close=bos", /close must be one of eos, reward, none/],
    ["?method=none", /Cannot read the URL as method must be one of abc/],
    ["?beta=much", /beta must be a number/],
    ["?beta=2", /beta must be at most 1/],
    ["?beta=", /beta must be a number: received an empty string/],
    ["?layer=", /layer must be a layer or 'all': received an empty string/],
    ["?method=red&method=abc", /may say method once: received 'red' and 'abc'/],
    ["?metod=abc", /unknown key.*'metod'/],
  ] as const
) {
  Deno.test(`a URL with ${wrong} is refused in the shape of FastAPI`, async () => {
    const response = await post({ query }, { query: wrong });
    assert.equal(response.status, 400);
    assert.match((await response.json()).detail, message);
  });
}

Deno.test("the part of the score that belongs to no token is told", async () => {
  const { rewards, unassigned, token_rewards } = await ask({ query, prompts }, "?method=red") as
    & Reply
    & { rewards: number[]; unassigned: number[] };
  for (const [i, score] of rewards.entries()) {
    const sum = token_rewards[i]!.reduce((total, each) => total + each, 0);
    assert.ok(unassigned[i] !== 0 && Math.abs(sum + unassigned[i]! - score) < 1e-9);
  }
});
