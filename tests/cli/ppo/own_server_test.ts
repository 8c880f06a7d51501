import assert from "node:assert/strict";
import {
  expectExactRewards,
  expectOneServer,
  ownDevice,
  startOwnServer,
} from "../../../src/cli/ppo/own_server.ts";
import { RewardClient } from "../../../src/client/mod.ts";
import { helpOf, settingsSchema } from "../../../src/settings.ts";
import { policyDirectory } from "../../ppo/golden_policy.ts";
import { goldenDirectory } from "../../support/golden_model.ts";
import { modelSettings } from "../model_settings.ts";

const settings = { ...modelSettings, model: goldenDirectory("llama") };

Deno.test("the trainer's own server listens on this machine only, and stops at the end of the block", async () => {
  let url = "";
  {
    await using server = await startOwnServer(settings);
    url = server.url;
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
    const client = new RewardClient({ url });
    assert.equal(await client.ready(), true);
    const items = [{ prompt: "the film", completions: [" was great", " was bad"] }];
    const { items: [item], model } = await client.score(items);
    assert.equal(model, "llama");
    assert.equal(item?.completions.length, 2);
  }
  await assert.rejects(new RewardClient({ url }).ready(), { kind: "network" });
});

Deno.test("the trainer's own server reads scores and closes texts as the flags say", async () => {
  await using server = await startOwnServer({ ...settings, poolAt: "eos", appendEos: true });
  const client = new RewardClient({ url: server.url });
  const [model] = await client.models();
  assert.deepEqual([model?.pooling, model?.close], ["last token of id 2", "eos"]);
  const items = [{ prompt: "the film", completions: [" was good"] }];
  const { items: [closed] } = await client.score(items);
  assert.equal(closed?.completions[0]?.read_at?.token_id, 2);
  // Open texts have no token to be read at.
  await assert.rejects(client.score(items, { close: "none" }), {
    kind: "invalid_request",
    path: "items[0].completions[0]",
  });
});

Deno.test("starting fails with the error of loading the model", async () => {
  for (const model of [policyDirectory("llama"), "/no/such"]) {
    await assert.rejects(startOwnServer({ ...settings, model }), { kind: "bad_model" });
  }
});

Deno.test("the policy has the GPU if a process can use it only once", () => {
  assert.deepEqual((["auto", "webgpu", "cuda", "cpu"] as const).map(ownDevice), [
    "cpu",
    "cpu",
    "cuda",
    "cpu",
  ]);
});

Deno.test("settings of the trainer's own server are refused beside --server", () => {
  const defaults = settingsSchema.parse({});
  const server = ["http://127.0.0.1:8080", "http://127.0.0.1:8081"];
  const described = {
    model: "/another",
    name: "judge",
    score: "good",
    dtype: "float32",
    maxBatchTokens: 512,
    maxGradientMb: 2_000,
  } as const;
  expectOneServer({ ...defaults, ...described });
  // These apply to the policy as well.
  expectOneServer({ ...defaults, server, models: "/pulled", device: "cpu", threads: 1 });
  for (const [name, value] of Object.entries(described) as [keyof typeof described, unknown][]) {
    const { flag, variable } = helpOf(name);
    assert.throws(() => expectOneServer({ ...defaults, server, [name]: value }), {
      kind: "bad_usage",
      message:
        `Cannot use ${flag} (or ${variable}) as it is for a server that the trainer starts ` +
        `itself, and --server names ${server.join(", ")}: received '${value}'`,
    });
  }
});

Deno.test("rewards in int8 are refused, and those of any other type are not", () => {
  for (const dtype of ["auto", "float32", "float16"] as const) expectExactRewards({ dtype });
  assert.throws(() => expectExactRewards({ dtype: "int8" }), {
    kind: "bad_usage",
    message: /^Cannot train with rewards in int8 as .*: received --dtype int8$/,
  });
});
