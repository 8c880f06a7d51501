import assert from "node:assert/strict";
import { openAdapter } from "../../../src/adapters/adapter.ts";
import { ModuleRules } from "../../../src/adapters/module_rules.ts";
import { readPolicy } from "../../../src/ppo/rollout/policy.ts";
import { joinedAdapter } from "../../../src/ppo/run/joined_adapter.ts";
import { temporaryDirectory } from "../../support/checkpoint.ts";
import { afterPrompt, onTop, widestGap } from "../adapted_policy.ts";
import { openPolicy, policyDirectory, policyNames } from "../golden_policy.ts";

for (const name of policyNames) {
  Deno.test(`${name}: an adapter that is trained on top of another is saved with it as one of the base model`, async () => {
    await using folder = await temporaryDirectory();
    const { directory, adapted, between, reference } = await onTop(name, folder.path);
    const { config } = await openAdapter(directory);
    assert.equal(config.base_model_name_or_path, policyDirectory(name));
    assert.equal(config.r, 5);
    await using both = await openPolicy(directory);
    const gap = widestGap(await afterPrompt(both, "policy"), adapted);
    assert.ok(gap < 1e-5, `off by ${gap}`);
    assert.ok(widestGap(reference, adapted) > 1e-3, "the second has learnt something");
    assert.ok(widestGap(reference, between) < 1e-5, "and is measured against the first");
  });
}

Deno.test("layers that the ends of names would not tell from others are named whole", async () => {
  await using folder = await temporaryDirectory();
  const { directory } = await onTop("llama", folder.path);
  const { model, checkpoint, adapter, directory: base } = await readPolicy(directory);
  const layer = "model.layers.0.self_attn.q_proj";
  const own = adapter!.tensors.matrices.get(layer)!;
  const config = { ...adapter!.config, target_modules: [layer] };
  const tensors = { ...adapter!.tensors, matrices: new Map([[layer, own]]) };
  const alone = { ...adapter!, config, rules: new ModuleRules(config), tensors };
  const factor = (name: string, shape: number[]) => {
    return { name: `${layer}.${name}.weight`, shape, data: new Float32Array(16).fill(0.5) };
  };
  const trained = {
    adapter: { rank: 1, alpha: 2, targets: ["q_proj"], layers: new Set([layer]), turned: false },
    weights: [factor("lora_A", [1, 16]), factor("lora_B", [16, 1])],
  };
  const policy = { model, checkpoint, directory: base, adapter: alone };
  const joined = await joinedAdapter(policy, trained);
  assert.deepEqual(joined.adapter.targets, [layer]);
  assert.deepEqual([joined.adapter.rank, joined.adapter.alpha], [6, 6]);
  const up = joined.weights.find(({ name }) => name.endsWith("lora_B.weight"))!;
  const last = (up.data as Float32Array).filter((_, i) => i % 6 === 5);
  assert.deepEqual([...last], Array(16).fill(2 * 0.5), "what was trained, times its scale");
});
