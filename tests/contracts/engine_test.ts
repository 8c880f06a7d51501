/**
 * The engines there are: over golden models, and the one that tests of other parts put in its
 * place.
 */

import { FakeEngine } from "../support/fake_engine.ts";
import { goldenOnnx, openGoldenOnnx, withPoisonedToken } from "../support/golden_onnx.ts";
import { goldenDirectory, openGolden, servedGoldenNames } from "../support/golden_model.ts";
import { withScaledToken } from "../support/altered_golden.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { lastingRuntime } from "../../src/engine/lasting_runtime.ts";
import { SharedHost } from "../../src/engine/shared_host.ts";
import { testEngine } from "./engine.ts";

for (const [attention, labels] of [["causal", 1], ["causal", 3], ["bidirectional", 2]] as const) {
  const options = { kind: attention, labels };
  const notFinite = (ids: Int32Array) => ids.includes(3);
  testEngine({
    name: `the fake engine, ${attention}, ${labels} labels`,
    attention,
    labels,
    types: true,
    open: () => Promise.resolve(new FakeEngine(options)),
    openPoisoned: () => Promise.resolve(new FakeEngine({ ...options, notFinite })),
  });
}

/** Models in one file, with one label and with more, causal and not; and those that read types. */
const names = ["gpt2", "llama-rope-dynamic", "deberta-v3", "bert-single"];
const typed = ["bert-single"];

for (const name of names.filter((name) => servedGoldenNames().includes(name))) {
  const { architecture: { attention, head: { labels } } } = await readBlueprint(
    goldenDirectory(name),
  );
  const labelWeights = labels.map((_, label) => 1 - label / 2);
  testEngine({
    name: `the engine of ${name}`,
    attention,
    labels: labels.length,
    types: typed.includes(name),
    open: async () => (await openGolden(name, { eager: true, labelWeights })).engine,
    openPoisoned: async () => {
      await using altered = await withScaledToken(name, { token: 3, factor: Infinity });
      return (await openGolden(altered.path)).engine;
    },
  });
}

for (const { name, causal } of [{ name: "bert", causal: false }]) {
  testEngine({
    name: `the engine of the prebuilt graph of ${name}`,
    attention: causal ? "causal" : "bidirectional",
    labels: 1,
    types: !causal,
    asks: ["attention"],
    open: async () => (await openGoldenOnnx(goldenOnnx(name))).engine,
    openPoisoned: async () => {
      await using altered = await withPoisonedToken(name, 3);
      return (await openGoldenOnnx(altered.path)).engine;
    },
  });
}

/** An engine that shares its thread with one of another model; its end is that of both. */
async function openBeside(name: string) {
  const runtime = lastingRuntime({ port: new SharedHost().port });
  const labelWeights = [1];
  const { engine: other } = await openGolden("llama-rope-dynamic", { labelWeights, runtime });
  const { engine } = await openGolden(name, { eager: true, labelWeights, runtime });
  const end = engine[Symbol.asyncDispose].bind(engine);
  return Object.assign(engine, {
    async [Symbol.asyncDispose]() {
      await end();
      await other[Symbol.asyncDispose]();
    },
  });
}

testEngine({
  name: "the engine of gpt2 in the thread of another",
  attention: "causal",
  labels: (await readBlueprint(goldenDirectory("gpt2"))).architecture.head.labels.length,
  types: false,
  open: () => openBeside("gpt2"),
  openPoisoned: async () => {
    await using altered = await withScaledToken("gpt2", { token: 3, factor: Infinity });
    return await openBeside(altered.path);
  },
});
