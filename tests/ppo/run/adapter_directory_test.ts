import assert from "node:assert/strict";
import { join } from "node:path";
import { openAdapter } from "../../../src/adapters/adapter.ts";
import { Checkpoints } from "../../../src/ppo/run/checkpoint.ts";
import { temporaryDirectory } from "../../support/checkpoint.ts";
import { findPython, PythonPeer } from "../../support/python.ts";
import { slow } from "../../support/slow.ts";
import { testWhere } from "../../support/test_where.ts";
import {
  afterPrompt,
  learn,
  onTop,
  openAdapted,
  progress,
  prompt,
  savedAdapter,
  widestGap,
} from "../adapted_policy.ts";
import { openPolicy, policyDirectory, policyNames } from "../golden_policy.ts";

Deno.test("a checkpoint of an adapter has the files, fields and names of peft, and the base's tokenizer", async () => {
  await using folder = await temporaryDirectory();
  await using open = await openAdapted("gpt2", { critic: "separate" });
  const directory = await savedAdapter(open, folder.path);
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
  await savedAdapter(open, folder.path);
  const { policy, engine, adapter } = open;
  const again = new Checkpoints(folder.path, { policy, layout: engine.layout, adapter });
  assert.deepEqual(await again.latest(), { progress, state: await engine.state() });
});

for (const name of policyNames) {
  Deno.test(`${name}: a policy of an adapter's directory is its base model with the adapter merged`, async () => {
    await using folder = await temporaryDirectory();
    await using open = await openAdapted(name);
    const directory = await savedAdapter(open, folder.path);
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
  await using merged = await openPolicy(await savedAdapter(open, folder.path));
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
  const directory = await savedAdapter(open, folder.path);
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

/** Where weights are stored either way round; the other families are left to all tests. */
const everyDay = ["llama", "gpt2"];
const compared = slow === undefined ? policyNames : everyDay;

const python = await findPython(["torch", "transformers", "peft"]);

testWhere({
  name: "peft loads adapters that were trained, without a complaint, and says what we do",
  missing: python === undefined ? "no Python with torch, transformers and peft" : undefined,
  async fn() {
    await using folder = await temporaryDirectory();
    const alone = await Promise.all(compared.map(async (name) => {
      await using open = await openAdapted(name);
      const directory = await savedAdapter(open, join(folder.path, name));
      const [adapted, base] = [
        await afterPrompt(open, "policy"),
        await afterPrompt(open, "reference"),
      ];
      return { name, directory, adapted, base };
    }));
    const both = await Promise.all(everyDay.map(async (name) => {
      const { directory, adapted, base } = await onTop(name, join(folder.path, `${name}-twice`));
      return { name: `${name}, twice`, directory, adapted, base };
    }));
    const trained = [...alone, ...both];
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
