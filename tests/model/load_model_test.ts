import assert from "node:assert/strict";
import { join } from "node:path";
import type { EngineOptions } from "../../src/engine/open.ts";
import { AbacusError } from "../../src/errors.ts";
import { loadModel, type Openers } from "../../src/model/load_model.ts";
import type { SampleTokenizerOptions } from "../../src/text/load_sample_tokenizer.ts";
import type { Graph } from "../../src/onnx/graph.ts";
import { openCheckpoint } from "../../src/weights/open.ts";
import { writeCheckpoint } from "../support/checkpoint.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { fakeModel } from "../support/fake_model.ts";
import { halfTensors, tinyConfig, tinyModel, tinyTensors } from "./tiny_model.ts";

/** Openers that remember what they were asked for. */
function fakeOpeners() {
  const engine = new FakeEngine();
  const asked: {
    directory?: string;
    tokenizer?: SampleTokenizerOptions;
    graph?: Graph;
    engine?: EngineOptions;
  } = {};
  const open: Openers = {
    tokenizer(directory, options) {
      Object.assign(asked, { directory, tokenizer: options });
      return Promise.resolve(fakeModel().tokenizer);
    },
    engine(graph, options) {
      Object.assign(asked, { graph, engine: options });
      return Promise.resolve(engine);
    },
  };
  return { open, asked, engine };
}

Deno.test("a model says what it is, and opens its parts with what it knows of them", async () => {
  await using directory = await tinyModel();
  const { open, asked, engine } = fakeOpeners();
  {
    await using model = await loadModel(directory.path, { open, device: "cpu", threads: 1 });
    assert.equal(model.name, directory.path.split("/").at(-1));
    assert.equal(model.family, "llama");
    assert.equal(model.architecture, "LlamaForSequenceClassification");
    assert.equal(model.attention, "causal");
    assert.equal(model.parameters, 1056);
    assert.equal(model.storedDtype, "float32");
    assert.match(model.weightsDigest ?? "", /^[0-9a-f]{64}$/);
    assert.equal(model.scoreRule, "LABEL_0");
    assert.equal(model.score(new Float32Array([1.5])), 1.5);
    assert.equal(model.engine, engine);
    assert.equal(asked.directory, directory.path);
    assert.deepEqual(asked.tokenizer, {
      context: 32,
      vocabulary: 6,
      types: 0,
      input: "joined",
      pair: undefined,
      reward: undefined,
      pooling: "last",
      splitSpecialTokens: undefined,
      close: "none",
      chatTemplate: undefined,
      steps: undefined,
    });
    assert.deepEqual([asked.engine?.device, asked.engine?.threads], ["cpu", 1]);
    assert.equal(asked.engine?.architecture.dimensions, model.dimensions);
    assert.equal(asked.graph?.name, "llama");
    assert.equal(engine.disposed, false);
  }
  assert.equal(engine.disposed, true);
});

Deno.test("settings that were left out are left to whoever knows their defaults", async () => {
  await using directory = await tinyModel();
  const { open, asked } = fakeOpeners();
  const unset = {
    name: undefined,
    score: undefined,
    device: undefined,
    threads: undefined,
    models: undefined,
  };
  await using model = await loadModel(directory.path, { ...unset, open });
  assert.deepEqual(Object.keys(asked.engine ?? {}), ["architecture", "ownPass", "dtype"]);
  assert.equal(asked.engine?.dtype, "float32");
  assert.equal(model.name, directory.path.split("/").at(-1));
});

Deno.test("a model computes in the type that was asked for, and in float32 where it may choose", async () => {
  await using directory = await tinyModel();
  const digests = new Set<string | undefined>();
  for (const [wanted, dtype] of [["auto", "float32"], ["float16", "float16"]] as const) {
    await using model = await loadModel(directory.path, {
      dtype: wanted,
      device: "cpu",
      threads: 1,
      open: { tokenizer: fakeOpeners().open.tokenizer },
    });
    assert.equal(model.engine.facts.dtype, dtype);
    assert.equal(model.storedDtype, "float32");
    digests.add(model.weightsDigest);
  }
  assert.equal(digests.size, 1, "it is of what is stored");
});

Deno.test("a model may be renamed, and its score be one of several labels", async () => {
  await using directory = await tinyModel({
    config: tinyConfig({ id2label: { "0": "kind", "1": "clear", "2": "long" } }),
    tensors: tinyTensors(3),
  });
  const options = { ...fakeOpeners(), name: "mine", score: "kind=1,long=-0.5" };
  await using model = await loadModel(directory.path, options);
  assert.deepEqual([model.name, model.scoreRule], ["mine", "kind - 0.5 long"]);
  assert.equal(model.score(new Float32Array([1, 9, 2])), 0);
});

Deno.test("the gradient is of the score that was asked for, and written when it is called", async () => {
  await using directory = await tinyModel({
    config: tinyConfig({ id2label: { "0": "kind", "1": "clear", "2": "long" } }),
    tensors: tinyTensors(3),
  });
  const { open, asked } = fakeOpeners();
  await using _model = await loadModel(directory.path, { open, score: "kind=1,long=-0.5" });
  const graph = asked.engine!.ownPass!("gradient");
  assert.deepEqual([...graph.outputs.keys()], ["gradient"]);
  const blends = [...graph.constants.values()].filter(({ shape }) => `${shape}` === "3,1");
  assert.deepEqual(blends.map(({ data }) => [...data]), [[1, 0, -0.5]]);
  assert.notEqual(asked.engine!.ownPass!("gradient"), graph);
});

Deno.test("a hub id loads what was pulled", async () => {
  await using directory = await tinyModel();
  const models = join(directory.path, "models");
  await Deno.mkdir(join(models, "owner"), { recursive: true });
  await Deno.symlink(directory.path, join(models, "owner/reward"));
  await using model = await loadModel("owner/reward", { ...fakeOpeners(), models });
  assert.equal(model.name, "reward");
});

Deno.test("labels that need a rule are told before anything is opened", async () => {
  await using directory = await tinyModel({
    config: tinyConfig({ id2label: { "0": "a", "1": "b", "2": "c" } }),
    tensors: tinyTensors(3),
  });
  const { open, asked } = fakeOpeners();
  await assert.rejects(loadModel(directory.path, { open }), {
    kind: "bad_usage",
    message: /received the labels a, b, c$/,
  });
  assert.deepEqual(asked, {});
});

Deno.test("no session is opened for a model whose tokenizer is missing", async () => {
  await using directory = await tinyModel();
  await Deno.remove(join(directory.path, "tokenizer.json"));
  const { open: { engine }, asked } = fakeOpeners();
  await assert.rejects(loadModel(directory.path, { open: { engine } }), {
    kind: "bad_model",
    message: /tokenizer\.json/,
  });
  assert.equal(asked.graph, undefined);
});

Deno.test("where WebGPU has no float16, the model is loaded in float32 and says so", async () => {
  await using directory = await tinyModel({ tensors: halfTensors() });
  const { open, engine } = fakeOpeners();
  const tried: unknown[] = [];
  const withoutHalf: Openers["engine"] = (_graph, { device, dtype }) => {
    tried.push([device, dtype]);
    if (dtype === "float32") return Promise.resolve(engine);
    throw new AbacusError("bad_device", "Cannot use the device: no shader-f16");
  };
  const options = { open: { ...open, engine: withoutHalf }, device: "webgpu" } as const;
  await using model = await loadModel(directory.path, options);
  assert.deepEqual(tried, [["webgpu", "float16"], ["webgpu", "float32"]]);
  assert.equal(
    model.notes.at(-1),
    "float32 was chosen as float16 was tried without success: Cannot use the device: no shader-f16",
  );
  const named = { ...options, dtype: "float16" } as const;
  await assert.rejects(loadModel(directory.path, named), { message: /no shader-f16$/ });
});

Deno.test("a real directory is loaded and scores: the same alone and in a batch", async () => {
  await using directory = await tinyModel();
  await using model = await loadModel(directory.path, { device: "cpu", threads: 1 });
  const samples = ["the film was good", "the film was bad"].map((text) => ({
    kind: "plain" as const,
    prompt: text.slice(0, 12),
    completion: text.slice(12),
  }));
  const encodings = (await model.tokenizer.encode(samples, "none")).map((encoding) => {
    if (encoding instanceof Error) throw encoding;
    return { ids: encoding.ids, pool: encoding.pool, rows: [], measure: [] };
  });
  assert.deepEqual(encodings.map(({ ids }) => [...ids]), [[1, 2, 3, 4], [1, 2, 3, 5]]);
  const { outputs } = await model.engine.run(encodings);
  const together = outputs.map(({ logits }) => model.score(logits));
  assert.notEqual(together[0], together[1]);
  for (const [i, query] of encodings.entries()) {
    const [alone] = (await model.engine.run([query])).outputs;
    const score = model.score(alone?.logits ?? new Float32Array());
    assert.ok(Math.abs(score - (together[i] ?? NaN)) < 1e-4);
  }
});

/** The score of one text by a real engine. */
async function scoreOf(directory: string): Promise<number> {
  await using model = await loadModel(directory, { device: "cpu", threads: 1 });
  const sample = { kind: "plain" as const, prompt: "the film was", completion: " good" };
  const [encoding] = await model.tokenizer.encode([sample], "none");
  if (encoding === undefined || encoding instanceof Error) throw encoding;
  const query = { ids: encoding.ids, pool: encoding.pool, rows: [], measure: [] };
  const { outputs: [output] } = await model.engine.run([query]);
  return model.score(output?.logits ?? new Float32Array());
}

for (const dtype of ["float16", "bfloat16"] as const) {
  Deno.test(`shards of ${dtype} behind the links of a cache score as their numbers in one file do`, async () => {
    await using rounded = await tinyModel({
      tensors: tinyTensors().map((each) => ({ ...each, dtype })),
    });
    const { tensors, read } = await openCheckpoint(rounded.path);
    const exact = await Promise.all(
      tensors.values().map(async ({ name, shape }) => ({ name, shape, data: await read(name) })),
    );
    await using plain = await tinyModel({ tensors: exact });

    await Deno.remove(join(rounded.path, "model.safetensors"));
    const half = tinyTensors().map((each) => ({ ...each, dtype }));
    await writeCheckpoint(rounded.path, half.slice(0, 7), half.slice(7));
    const snapshot = join(rounded.path, "snapshots", "0123");
    await Deno.mkdir(snapshot, { recursive: true });
    for await (const { name, isFile } of Deno.readDir(rounded.path)) {
      if (isFile) await Deno.symlink(join("../..", name), join(snapshot, name));
    }
    const [linked, single] = [await scoreOf(snapshot), await scoreOf(plain.path)];
    assert.ok(Math.abs(linked - single) < 1e-6, `${linked} and ${single}`);
    assert.notEqual(linked, 0);
  });
}
