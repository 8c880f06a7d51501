import assert from "node:assert/strict";
import { RewardClient } from "../../../src/client/mod.ts";
import { expectSameModel, probe, type ServedModel } from "../../../src/ppo/rollout/same_model.ts";
import { fakeApp, type FakeAppOptions } from "../../http/fake_app.ts";

async function served(url: string, options: FakeAppOptions = {}): Promise<ServedModel> {
  const { app } = fakeApp(options);
  const fetch = async (input: string | URL | Request, init?: RequestInit) =>
    await app.request(input as string, init);
  const client = new RewardClient({ url, fetch });
  const [model] = await client.models();
  return { url, model: model!, scores: await probe(client, model!) };
}

const [one, two] = [await served("http://one"), await served("http://two")];

Deno.test("servers of one model are the same", () => {
  assert.ok(one.scores.length > 1 && new Set(one.scores).size === one.scores.length);
  expectSameModel([one, two]);
  expectSameModel([one]);
  const rounded = { ...two, scores: two.scores.map((score) => score + 1e-5) };
  expectSameModel([one, rounded]);
  const elsewhere = { ...two, model: { ...two.model, device: "cuda", threads: 9 } };
  expectSameModel([one, elsewhere]);
});

Deno.test("a server with another name or another tokenizer is found, and what differs is said", async () => {
  const message = (what: string, received: string) =>
    `Cannot train by several reward servers as http://one and http://three have other ${what}: ` +
    `received ${received}`;
  const named = await served("http://three", { model: { name: "other" } });
  assert.throws(() => expectSameModel([one, two, named]), {
    kind: "bad_usage",
    message: message("id", '"fake-reward" and "other"'),
  });
  const trained = { ...two, url: "http://three", model: { ...two.model, weights_digest: "w" } };
  assert.throws(() => expectSameModel([one, trained]), {
    message: message("weights_digest", 'undefined and "w"'),
  });
  const digested = await served("http://three", { model: { digest: "d" } });
  assert.throws(() => expectSameModel([one, digested]), {
    message: message("tokenizer_digest", 'undefined and "d"'),
  });
});

Deno.test("other weights under the same name are found by the scores of a few texts", () => {
  const other = { ...two, scores: two.scores.with(1, two.scores[1]! + 0.01) };
  assert.throws(() => expectSameModel([one, other]), {
    kind: "bad_usage",
    message: /^Cannot train by .* have other scores of the same texts: received -?\d.* and -?\d/,
  });
  const half = (each: ServedModel) => ({ ...each, model: { ...each.model, dtype: "float16" } });
  expectSameModel([half(one), half(other)]);
});

Deno.test("a model that is read at a closing token is probed with it, and one of steps as it is", async () => {
  const steps = await served("http://steps", { model: { steps: true }, engine: { steps: true } });
  assert.ok(steps.scores.every(Number.isFinite));
  const closed = await served("http://closed", { model: { close: "eos" } });
  assert.deepEqual(closed.scores, one.scores, "it is closed in both cases");
});
