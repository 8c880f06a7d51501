import assert from "node:assert/strict";
import {
  loadOptions,
  modelLine,
  modelSettings,
  modelWarnings,
} from "../../src/cli/model_settings.ts";
import { factsOf } from "../../src/scorer/facts.ts";
import { settingsSchema } from "../../src/settings.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { fakeModel } from "../support/fake_model.ts";

Deno.test("the line of a model says what was loaded and where its heavy nodes really run", () => {
  const engine = new FakeEngine();
  const line = (facts: Partial<FakeEngine["facts"]>) =>
    modelLine(
      factsOf(
        fakeModel({ engine: Object.assign(engine, { facts: { ...engine.facts, ...facts } }) }),
      ),
    );
  const start = "fake-reward (fake, 1,234 parameters, float32) on";
  assert.equal(line({}), `${start} cpu, 1 thread`);
  assert.equal(line({ threads: 2 }), `${start} cpu, 2 threads`);
  assert.equal(line({ device: "cuda" }), `${start} cuda`);
  assert.equal(
    line({ device: "webgpu", onDevice: 0.939 }),
    `${start} webgpu, which runs 93 % of the heavy nodes, the rest on cpu`,
  );
});

Deno.test("a warning of the tokenizer is a line of its own", () => {
  const model = fakeModel();
  assert.deepEqual(modelWarnings(factsOf(model)), []);
  const warned = { ...model, tokenizer: { ...model.tokenizer, warning: "messages are refused" } };
  assert.deepEqual(modelWarnings(factsOf(warned)), [
    "abacus: warning: fake-reward: messages are refused",
  ]);
  assert.deepEqual(modelWarnings(factsOf({ ...warned, notes: ["m: 1 tensor not read"] })), [
    "abacus: warning: fake-reward: messages are refused",
    "abacus: warning: fake-reward: m: 1 tensor not read",
  ]);
});

Deno.test("the loader gets what was set and nothing else", () => {
  const settings = settingsSchema.parse({ model: "m", score: "good", threads: "3", device: "cpu" });
  const { models, ...options } = loadOptions(settings);
  assert.equal(models, settings.models);
  assert.deepEqual(options, {
    name: undefined,
    score: "good",
    normalizeReward: false,
    onnx: false,
    architecture: undefined,
    base: undefined,
    head: undefined,
    splitSpecialTokens: false,
    poolAt: undefined,
    stepAt: undefined,
    stepMark: undefined,
    stepReduce: undefined,
    appendEos: false,
    pair: undefined,
    chatTemplate: undefined,
    device: "cpu",
    dtype: "auto",
    cache: undefined,
    threads: 3,
    attention: undefined,
    attentionBytes: 1_000_000_000,
    batchTokens: 16_384,
    gradientBytes: 4_096_000_000,
  });
  for (const name of modelSettings) assert.ok(name in settingsSchema.shape);
});

Deno.test("the line says by what the class was found where config.json does not name it", () => {
  const line = modelLine(factsOf({ ...fakeModel(), chosenBy: "--architecture" }));
  assert.ok(
    line.startsWith("fake-reward (fake: FakeForSequenceClassification by --architecture, 1,234"),
    line,
  );
});
