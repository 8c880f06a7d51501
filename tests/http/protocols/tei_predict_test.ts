import assert from "node:assert/strict";
import type { ServedModels } from "../../../src/http/backend.ts";
import { defaultWireLimits } from "../../../src/wire/limits.ts";
import { fakeApp } from "../fake_app.ts";

async function post(body: unknown, query = "") {
  const init = { method: "POST", headers: { "Content-Type": "application/json" } };
  const path = `/predict${query}`;
  return await fakeApp().app.request(path, { ...init, body: JSON.stringify(body) });
}

async function ask(body: unknown, query = "") {
  return await (await post(body, query)).json();
}

Deno.test("two texts in a list are one pair, and only lists in a list are a batch", async () => {
  const pair = await ask({ inputs: ["The film was", " dull."] });
  assert.equal(pair.length, 1);
  assert.equal(pair[0].token_rewards_cover, "completion");
  const [[inBatch], [alone]] = await ask({ inputs: [["The film was", " dull."], ["Good."]] });
  assert.deepEqual(inBatch, pair[0]);
  assert.deepEqual([alone], await ask({ inputs: "Good." }));
  assert.deepEqual([alone], await ask({ inputs: ["Good."] }));
  assert.equal(alone.token_rewards_cover, "text");
});

Deno.test("scores are raw unless the request says that they are not", async () => {
  const [{ score }] = await ask({ inputs: "Good." });
  assert.equal((await ask({ inputs: "Good.", raw_scores: true }))[0].score, score);
  const [{ score: probability }] = await ask({ inputs: "Good.", raw_scores: false });
  assert.equal(probability, 1 / (1 + Math.exp(-score)));
});

Deno.test("headers tell what it cost", async () => {
  const { headers } = await post({ inputs: [["The film was", " dull. 🎬"]] });
  assert.equal(headers.get("x-compute-type"), "cpu");
  assert.equal(headers.get("x-compute-characters"), String("The film was dull. ".length + 1));
  assert.ok(Number(headers.get("x-compute-tokens")) > 3);
  for (const name of ["total", "tokenization", "queue", "inference"]) {
    assert.match(headers.get(`x-${name}-time`) ?? "", /^\d+$/);
  }
});

Deno.test("texts that are too long are refused, or cut on the side that is named", async () => {
  const long = "word ".repeat(100);
  const refused = await post({ inputs: long });
  assert.deepEqual([refused.status, (await refused.json()).error_type], [422, "validation"]);
  assert.equal((await ask({ inputs: long, truncate: true }))[0].truncated, true);
  const left = { inputs: [long, " dull."], truncate: true, truncation_direction: "Left" };
  assert.equal((await ask(left))[0].truncated, true);
  assert.equal((await post({ inputs: long, truncate: false }, "?truncate=right")).status, 422);
});

Deno.test("what is not right is a validation error", async () => {
  const response = await post({ inputs: ["a", "b", "c"] });
  assert.equal(response.status, 422);
  assert.equal((await response.json()).error_type, "validation");
});

Deno.test("a batch of nothing is TEI's empty, and an empty text is none", async () => {
  const response = await post({ inputs: [] });
  assert.equal(response.status, 400);
  assert.deepEqual(await response.json(), {
    error: "Cannot score as inputs must not be empty: received []",
    error_type: "empty",
  });
  assert.notEqual((await post({ inputs: "" })).status, 400);
});

Deno.test("what is served can be asked", async () => {
  const limits = { ...defaultWireLimits, completionsPerRequest: 7 };
  const info = await (await fakeApp({ limits }).app.request("/info")).json();
  assert.equal(info.max_client_batch_size, 7);
  assert.equal(info.model_id, "fake-reward");
  assert.ok(info.max_input_length > 0);
  assert.equal(Object.keys(info.model_type.classifier.id2label).length, 1);
});

Deno.test("health is a status, without the key: 200, and 503 while a model loads", async () => {
  const { app } = fakeApp();
  assert.equal((await app.request("/health")).status, 200);
  const loading = fakeApp({ models: new Promise<ServedModels>(() => {}) });
  assert.equal((await loading.app.request("/health")).status, 503);
  const info = await loading.app.request("/info");
  assert.deepEqual([info.status, (await info.json()).error_type], [503, "unhealthy"]);
});

Deno.test("an error of a batch names the input that is wrong", async () => {
  for (
    const [inputs, message] of [
      [[["a", "b"], ["a", null]], /inputs\[1\]\[1\] must be a string: received null/],
      [
        [["a", "b", "c"]],
        /inputs\[0\] must hold a text, or a prompt and its completion: received a/,
      ],
      [[["a"], []], /inputs\[1\] must hold at least 1 element: received an empty list/],
      [["a", 3], /inputs\[1\] must be a string: received 3/],
      [
        ["a", "b", "c"],
        /inputs must be a text, a list of one or two texts, or a list of such lists/,
      ],
    ] as const
  ) {
    const response = await post({ inputs });
    const { error } = await response.json();
    assert.match(error, message);
    assert.equal(response.status, 422);
  }
});
