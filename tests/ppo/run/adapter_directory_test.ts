import assert from "node:assert/strict";
import { join } from "node:path";
import { openAdapter } from "../../../src/adapters/adapter.ts";
import { Checkpoints } from "../../../src/ppo/run/checkpoint.ts";
import { safetensors, temporaryDirectory, type TestTensor } from "../../support/checkpoint.ts";
import { findPython, PythonPeer } from "../../support/python.ts";
import { slow } from "../../support/slow.ts";
import { testWhere } from "../../support/test_where.ts";
import { type AdaptedPolicy, learn, openAdapted } from "../adapted_policy.ts";
import {
  type OpenPolicy,
  openPolicy,
  policyDirectory,
  policyNames,
  sequenceOf,
} from "../golden_policy.ts";

const progress = { step: 3, updates: 12, klCoefficient: 0.1 };

/** Trains an adapter and saves a checkpoint of it in a folder. */
async function saved(open: AdaptedPolicy, folder: string): Promise<string> {
  const { engine: { layout }, policy, adapter } = open;
  await learn(open.engine);
  const checkpoints = new Checkpoints(folder, { policy, layout, adapter });
  return await checkpoints.save({ progress, state: await open.engine.state() });
}

Deno.test("a checkpoint of an adapter has the files, fields and names of peft, and the base's tokenizer", async () => {
  await using folder = await temporaryDirectory();
  await using open = await openAdapted("gpt2", { critic: "separate" });
  const directory = await saved(open, folder.path);
  const names = await Array.fromAsync(Deno.readDir(directory), ({ name }) => name);
  assert.deepEqual(names.toSorted(), [
    "adapter_config.json",
    "adapter_model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    "trainer",
  ]);
  const config = JSON.parse(await Deno.readTextFile(join(directory, "adapter_config.json")));
  assert.deepEqual(config, {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: policyDirectory("gpt2"),
    r: 3,
    lora_alpha: 6,
    lora_dropout: 0,
    bias: "none",
    target_modules: ["c_attn", "c_fc", "c_proj"],
    fan_in_fan_out: true,
    inference_mode: true,
  });
  const { tensors: { matrices, saved: whole }, rules } = await openAdapter(directory);
  assert.deepEqual([...matrices.keys()].toSorted(), [...open.adapter.layers].toSorted());
  assert.equal(whole.size, 0, "neither the critic nor a weight of the base is in it");
  for (const [module, { down, up }] of matrices) {
    assert.equal(rules.targets(module, "linear"), true);
    assert.deepEqual(rules.rankOf(module), { rank: 3, scale: 2 });
    assert.deepEqual([down.shape[0], up.shape[1]], [3, 3]);
    assert.equal(down.name, `base_model.model.${module}.lora_A.weight`);
  }
});

Deno.test("an adapter's checkpoint restores the exact numbers", async () => {
  await using folder = await temporaryDirectory();
  await using open = await openAdapted("llama", { settings: { modules: undefined } });
  await saved(open, folder.path);
  const { policy, engine, adapter } = open;
  const again = new Checkpoints(folder.path, { policy, layout: engine.layout, adapter });
  assert.deepEqual(await again.latest(), { progress, state: await engine.state() });
});

for (const name of policyNames) {
  Deno.test(`${name}: a policy of an adapter's directory is its base model with the adapter merged`, async () => {
    await using folder = await temporaryDirectory();
    await using open = await openAdapted(name);
    const directory = await saved(open, folder.path);
    await using merged = await openPolicy(directory);
    assert.equal(merged.policy.directory, policyDirectory(name));
    const [adapted, base] = [
      await afterPrompt(open, "policy"),
      await afterPrompt(open, "reference"),
    ];
    for (const whose of ["policy", "reference"] as const) {
      const gap = widestGap(await afterPrompt(merged, whose), adapted);
      assert.ok(gap < 1e-5, `${whose}: off by ${gap}`);
    }
    assert.ok(widestGap(adapted, base) > 1e-3, "it has learnt something");
  });
}

Deno.test("a policy that is trained from an adapter is saved whole", async () => {
  await using folder = await temporaryDirectory();
  await using open = await openAdapted("gpt2");
  await using merged = await openPolicy(await saved(open, folder.path));
  const { policy, engine } = merged;
  await learn(engine);
  const again = new Checkpoints(join(folder.path, "whole"), { policy, layout: engine.layout });
  const directory = await again.save({ progress, state: await engine.state() });
  await using whole = await openPolicy(directory);
  assert.equal(whole.policy.adapter, undefined);
  const [ours, theirs] = [await afterPrompt(whole, "policy"), await afterPrompt(merged, "policy")];
  assert.deepEqual(ours, theirs);
});

Deno.test("what an adapter has beside linear layers of the policy is refused", async () => {
  await using folder = await temporaryDirectory();
  await using open = await openAdapted("gpt2", { settings: { modules: ["c_attn"] } });
  const directory = await saved(open, folder.path);
  const path = join(directory, "adapter_config.json");
  const config = JSON.parse(await Deno.readTextFile(path));
  const rewrite = (changes: Record<string, unknown>) =>
    Deno.writeTextFile(path, JSON.stringify({ ...config, ...changes }));
  await rewrite({ target_modules: ["c_attn", "c_fc"] });
  await assert.rejects(openPolicy(directory), {
    kind: "bad_model",
    message: /it lacks "[^"]*c_fc"/,
  });
  await rewrite({ target_modules: ["c_fc"] });
  await assert.rejects(openPolicy(directory), { kind: "bad_model" });
  await rewrite({ base_model_name_or_path: join(directory, "absent") });
  await assert.rejects(openPolicy(directory), { message: /its base model is not there/ });
});

/** A checkpoint of an adapter on queries, keys and values, with other fields and one more tensor. */
async function changed(
  folder: string,
  { config, tensor }: { config: Record<string, unknown>; tensor: TestTensor },
): Promise<string> {
  await using open = await openAdapted("gpt2", { settings: { modules: ["c_attn"] } });
  const directory = await saved(open, folder);
  const path = join(directory, "adapter_config.json");
  const before = JSON.parse(await Deno.readTextFile(path));
  await Deno.writeTextFile(path, JSON.stringify({ ...before, ...config }));
  const { tensors: { matrices } } = await openAdapter(directory);
  const zeros = [...matrices.values()].flatMap(({ down, up }) => [down, up]).map(
    ({ name, shape }) => ({ name, shape, data: new Float32Array(shape[0]! * shape[1]!) }),
  );
  const file = join(directory, "adapter_model.safetensors");
  await Deno.writeFile(file, safetensors([...zeros, tensor]));
  return directory;
}

Deno.test("an adapter that adds to biases is refused, and one that is the head's table as well", async () => {
  await using folder = await temporaryDirectory();
  const at = "base_model.model.transformer";
  const biased = await changed(folder.path, {
    config: { lora_bias: true },
    tensor: { name: `${at}.h.0.attn.c_attn.lora_B.bias`, shape: [48], data: new Float32Array(48) },
  });
  await assert.rejects(openPolicy(biased), {
    kind: "bad_model",
    message: /an adapter that adds to biases: received "[^"]*h\.0\.attn\.c_attn\.lora_B\.bias"/,
  });
  const table = { name: `${at}.wte.weight`, shape: [96, 16], data: new Float32Array(96 * 16) };
  const copied = await changed(folder.path, {
    config: { modules_to_save: ["wte"] },
    tensor: table,
  });
  await assert.rejects(openPolicy(copied), {
    kind: "bad_model",
    message: /a copy of the table that the head is tied to.*received "transformer\.wte"/,
  });
});

/** Where weights are stored either way round; the other families are left to all tests. */
const everyDay = ["llama", "gpt2"];
const compared = slow === undefined ? policyNames : everyDay;

const python = await findPython(["torch", "transformers", "peft"]);

testWhere({
  name: "peft loads adapters that were trained, without a complaint, and says what we do",
  missing: python === undefined ? "no Python with torch, transformers and peft" : undefined,
  async fn() {
    await using folder = await temporaryDirectory();
    const trained = await Promise.all(compared.map(async (name) => {
      await using open = await openAdapted(name);
      const own = join(folder.path, name);
      await Deno.mkdir(own);
      const directory = await saved(open, own);
      const [adapted, base] = [
        await afterPrompt(open, "policy"),
        await afterPrompt(open, "reference"),
      ];
      return { name, directory, adapted, base };
    }));
    const script = new URL("../../oracle/adapter_reading.py", import.meta.url);
    const directories = trained.map(({ directory }) => directory);
    await using peer = await PythonPeer.start(python ?? "", script, directories);
    assert.deepEqual(peer.greeting["complaints"], []);
    for (const { name, directory, ...ours } of trained) {
      const theirs = await peer.ask<typeof ours>({ directory, ids: prompt });
      for (const which of ["adapted", "base"] as const) {
        const gap = widestGap(ours[which], theirs[which]);
        assert.ok(gap < 1e-5, `${name}, ${which}: off by ${gap}`);
      }
      assert.ok(widestGap(ours.adapted, ours.base) > 1e-3, `${name} has learnt something`);
    }
  },
});

const prompt = [7, 2, 9, 33, 61];

/** The log-probability of every token of the vocabulary after the prompt. */
async function afterPrompt({ engine, policy }: OpenPolicy, whose: "policy" | "reference") {
  const { vocabulary } = policy.model.trunk.dimensions;
  const sequences = Array.from({ length: vocabulary }, (_, token) => {
    return sequenceOf({ prompt, response: [token] });
  });
  const { logProbs } = await engine.evaluate(sequences, { whose });
  return logProbs.map(([logProb]) => logProb!);
}

function widestGap(a: readonly number[], b: readonly number[]): number {
  assert.equal(a.length, b.length);
  return Math.max(...a.map((each, i) => Math.abs(each - b[i]!)));
}
