import assert from "node:assert/strict";
import { listenForRewards, type Listening, loadModels } from "../../src/cli/reward_server.ts";
import { Metrics } from "../../src/http/metrics.ts";
import { tinyAdapter, tinyAdapterConfig, tinyAdapterTensors } from "../adapters/tiny_adapter.ts";
import { fakeApp } from "../http/fake_app.ts";
import { tinyConfig, tinyModel, tinyTensors } from "../model/tiny_model.ts";
import { rewardReplySchema } from "../../src/wire/reply.ts";
import { goldenOnnx } from "../support/golden_onnx.ts";
import { goldenDirectory } from "../support/golden_model.ts";
import { modelSettings } from "./model_settings.ts";

/** Listens on a free port, until `stop` is called. */
function listening(log: Listening["log"] = () => {}) {
  const stopped = new AbortController();
  const server = listenForRewards({
    host: "127.0.0.1",
    port: 0,
    drainMs: 1_000,
    http: {
      maxBodyBytes: 1_000_000,
      maxBodiesBytes: 1_000_000,
      overloadStatus: 503,
      deadlineMs: 0,
      apiKey: undefined,
      publicMetrics: true,
      corsOrigins: [],
      logText: false,
      accessLog: "text",
    },
    signal: stopped.signal,
    log,
  });
  const stop = async () => {
    stopped.abort();
    await server.server.finished;
  };
  return { ...server, url: server.server.url, stop };
}

async function readiness(url: string): Promise<[number, string]> {
  const response = await fetch(`${url}/readyz`);
  return [response.status, (await response.json()).status];
}

const body = JSON.stringify({ items: [{ prompt: "The film", completions: [" was good"] }] });
const headers = { "content-type": "application/json" };

Deno.test("it listens before the model is there, and answers once it is", async () => {
  const lines: string[] = [];
  const server = listening((line) => lines.push(line));
  assert.deepEqual(await readiness(server.url), [503, "loading"]);
  const early = await fetch(`${server.url}/v1/rewards`, { method: "POST", headers, body });
  assert.equal(early.status, 503);
  await early.body?.cancel();
  server.resolve(fakeApp().models);
  assert.deepEqual(await readiness(server.url), [200, "ready"]);
  const answer = await fetch(`${server.url}/v1/rewards`, { method: "POST", headers, body });
  assert.equal((await answer.json()).model, "fake-reward");
  assert.ok(lines.some((line) => line.includes("/v1/rewards")), "requests are logged");
  await server.stop();
  await assert.rejects(fetch(server.url));
});

Deno.test("a model that failed is said to whoever watches", async () => {
  const server = listening();
  server.reject(new Error("no such model"));
  assert.deepEqual(await readiness(server.url), [503, "failed"]);
  await server.stop();
});

const settings = {
  ...modelSettings,
  maxQueue: 10,
  maxQueueTokens: 1_000_000,
  cacheMb: 0,
} as const;

async function rewards(url: string, model?: string) {
  const body = JSON.stringify({
    items: [{ prompt: "The film", completions: [" was good"] }],
    ...(model === undefined ? {} : { model }),
  });
  return await (await fetch(`${url}/v1/rewards`, { method: "POST", headers, body })).json();
}

Deno.test("a model has the name it is given, a scorer over it and a queue that is counted", async () => {
  const metrics = new Metrics();
  const model = goldenDirectory("gpt2");
  await using models = await loadModels({ ...settings, model, name: "judge" }, metrics);
  const server = listening();
  server.resolve(models);
  const { model: name, items } = await rewards(server.url);
  assert.deepEqual([name, items.length], ["judge", 1]);
  assert.match(await metrics.text(), /abacus_batch_completions_count\{model="judge"\} 1/);
  await server.stop();
});

Deno.test("several models answer by name as each does alone, and take turns in one runtime", async () => {
  const [gpt2, llama] = ["gpt2", "llama"].map(goldenDirectory);
  const model = `small=${gpt2},${llama}`;
  await using models = await loadModels({ ...settings, model }, new Metrics());
  const server = listening();
  server.resolve(models);
  const together = await Promise.all([
    rewards(server.url),
    rewards(server.url, "llama"),
    rewards(server.url, "small"),
  ]);
  assert.deepEqual(together.map((reply) => reply.model), ["small", "llama", "small"]);
  for (const [i, directory] of [gpt2, llama].entries()) {
    await using alone = await loadModels({ ...settings, model: directory! }, new Metrics());
    const other = listening();
    other.resolve(alone);
    assert.deepEqual((await rewards(other.url)).items, together[i].items);
    await other.stop();
  }
  const { error } = await rewards(server.url, "large");
  assert.match(error.message, /there are 'small', 'llama': received 'large'/);
  await server.stop();
});

Deno.test("each of several models has settings of its own, and scores as it does alone with them", async () => {
  const config = tinyConfig({ id2label: { 0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2" } });
  await using three = await tinyModel({ config, tensors: tinyTensors(3) });
  const model = `all=${three.path},one=${three.path},half=${goldenDirectory("llama")}`;
  const set = "all.score=1,0.5,-1;one.score=LABEL_1;half.dtype=float16;half.max-batch-tokens=64;" +
    "one.threads=2;half.device=cpu";
  await using models = await loadModels({ ...settings, model, set }, new Metrics());
  const server = listening();
  server.resolve(models);
  const { data } = await (await fetch(`${server.url}/v1/models`)).json();
  type Told = { id: string; dtype: string; score_rule: string };
  assert.deepEqual(data.map(({ id, dtype, score_rule }: Told) => [id, dtype, score_rule]), [
    ["all", "float32", "LABEL_0 + 0.5 LABEL_1 - LABEL_2"],
    ["one", "float32", "LABEL_1"],
    ["half", "float16", "LABEL_0"],
  ]);
  assert.deepEqual(models.all.map(({ scorer }) => scorer.facts.threads), [1, 2, 1]);
  const alone = { model: three.path, score: "LABEL_1" };
  await using expected = await loadModels({ ...settings, ...alone }, new Metrics());
  const other = listening();
  other.resolve(expected);
  assert.deepEqual((await rewards(server.url, "one")).items, (await rewards(other.url)).items);
  await Promise.all([server.stop(), other.stop()]);
});

Deno.test("a mixture's numbers over HTTP are those put together by hand from its members' replies", async () => {
  const model = `help=${goldenDirectory("gpt2")},safe=${goldenDirectory("bert")}`;
  const mix = "both=help:0.7,safe:-0.3";
  const metrics = new Metrics();
  await using models = await loadModels({ ...settings, model, mix }, metrics);
  const server = listening();
  server.resolve(models);
  const post = async (path: string, body: unknown) => {
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    return await (await fetch(`${server.url}${path}`, init)).json();
  };
  const item = { prompt: "The film", completions: [" was good, and long.", " bad \u{1f600}"] };
  const reply = await post("/v1/rewards", { model: "both", items: [item] });
  const mixed = rewardReplySchema().parse(reply).items[0]!.completions;
  const { items: [help] } = await post("/v1/rewards", { model: "help", items: [item] });
  const spans = { token_spans: mixed.map(({ offsets }) => offsets) };
  const { items: [safe] } = await post("/v1/rewards", {
    model: "safe",
    items: [{ ...item, ...spans }],
  });
  for (const [at, { score, rewards, members, offsets, token_ids }] of mixed.entries()) {
    const [one, two] = [help.completions[at], safe.completions[at]];
    assert.deepEqual(members, [
      { id: "help", score: one.score },
      { id: "safe", score: two.score },
    ]);
    assert.deepEqual([offsets, token_ids], [one.offsets, one.token_ids]);
    const close = (found: number, expected: number) =>
      assert.ok(Math.abs(found - expected) < 1e-6, `${found}, expected ${expected}`);
    close(score, 0.7 * one.score - 0.3 * two.score);
    (rewards as number[]).forEach((reward, token) =>
      close(reward, 0.7 * one.rewards[token] - 0.3 * two.rewards[token])
    );
    close((rewards as number[]).reduce((sum, each) => sum + each, 0), score);
  }
  const { data } = await (await fetch(`${server.url}/v1/models`)).json();
  assert.deepEqual(
    data.map(({ id, score_rule }: { id: string; score_rule: string }) => [id, score_rule]),
    [["help", "LABEL_0"], ["safe", "LABEL_0"], ["both", "0.7 help - 0.3 safe"]],
  );
  assert.deepEqual(data[2].members, [{ id: "help", weight: 0.7 }, { id: "safe", weight: -0.3 }]);
  const { data: [classified] } = await post("/classify", { model: "both", input: "The film" });
  assert.equal(classified.probs.length, 1);
  const infer = await post("/v2/models/both/infer", {
    inputs: ["prompt", "completion"].map((name, i) => ({
      name,
      shape: [1],
      datatype: "BYTES",
      data: [i === 0 ? item.prompt : item.completions[0]],
    })),
  });
  const { data: [inferred] } = infer.outputs.find(({ name }: { name: string }) => name === "score");
  assert.ok(Math.abs(inferred - mixed[0]!.score) < 1e-5);
  const counted = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(counted, /abacus_completions_total\{model="both"\} 4/);
  const text = await metrics.text();
  assert.match(text, /abacus_batch_completions_count\{model="help"\}/);
  assert.doesNotMatch(text, /abacus_batch_completions_count\{model="both"\}/);
  await server.stop();
});

Deno.test("a request that plans more tokens than a model may is refused", async () => {
  const model = goldenDirectory("gpt2");
  const few = { ...settings, model, maxCreditTokens: 1 };
  await using models = await loadModels(few, new Metrics());
  const [served] = models.all;
  await assert.rejects(
    served!.scorer.score({
      samples: [{ kind: "plain", prompt: "The film", completion: " was good. It was fine." }],
      credit: { method: "occlusion", beta: 0.8 },
      truncation: "none",
    }),
    { kind: "too_large", message: /at most 1 tokens \(--max-credit-tokens\)/ },
  );
});

Deno.test("where one of several models cannot be loaded, none stays open", async () => {
  const model = `${goldenDirectory("gpt2")},missing=/no/such/directory`;
  await assert.rejects(loadModels({ ...settings, model }, new Metrics()), { kind: "bad_model" });
  const twice = `${goldenDirectory("gpt2")},${goldenDirectory("gpt2")}`;
  await assert.rejects(loadModels({ ...settings, model: twice }, new Metrics()), {
    kind: "bad_usage",
    message: /a name of its own: received 'gpt2' twice/,
  });
});

Deno.test("a prebuilt graph is served as any model, and says so", async () => {
  const server = listening();
  await using models = await loadModels({ ...settings, model: goldenOnnx("bert") }, new Metrics());
  server.resolve(models);
  const { items: [{ completions: [{ score, rewards: paid }] }] } = await rewards(server.url);
  const total = paid.reduce((sum: number, reward: number) => sum + reward, 0);
  assert.ok(Math.abs(total - score) < 1e-5 && new Set(paid).size > 1);
  const { data: [facts] } = await (await fetch(`${server.url}/v1/models`)).json();
  assert.deepEqual(
    [facts.architecture, facts.graph, facts.pooling],
    ["BertForSequenceClassification", "prebuilt", "first token, within the graph"],
  );
  const methods = facts.credit_methods.map(({ name }: { name: string }) => name);
  assert.deepEqual(methods, ["abc", "uniform", "terminal", "occlusion", "shapley"]);
  await server.stop();
});

Deno.test("two adapters of one base model are served beside it, each with its own scores", async () => {
  await using base = await tinyModel();
  const config = tinyAdapterConfig({ base_model_name_or_path: base.path });
  await using one = await tinyAdapter({ config });
  const tensors = tinyAdapterTensors().map((tensor) => ({
    ...tensor,
    data: Array.from(tensor.data, (number) => -2 * number),
  }));
  await using two = await tinyAdapter({ config, tensors });
  const model = `one=${one.path},two=${two.path},base=${base.path}`;
  await using models = await loadModels({ ...settings, model }, new Metrics());
  const server = listening();
  server.resolve(models);
  const { data } = await (await fetch(`${server.url}/v1/models`)).json();
  const name = base.path.split("/").at(-1);
  assert.deepEqual(data.map((each: { base?: string }) => each.base), [name, name, undefined]);
  const scores = await Promise.all(["one", "two", "base"].map(async (model) => {
    const { items: [item] } = await rewards(server.url, model);
    return item.completions[0].score;
  }));
  assert.equal(new Set(scores).size, 3);
  await server.stop();
});
