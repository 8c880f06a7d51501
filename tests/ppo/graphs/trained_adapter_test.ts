import assert from "node:assert/strict";
import { drawFactors, trainedAdapter } from "../../../src/ppo/graphs/trained_adapter.ts";
import { weightOf } from "../../../src/ppo/graphs/parameter_vector.ts";
import { readPolicy } from "../../../src/ppo/rollout/policy.ts";
import { openAdapted } from "../adapted_policy.ts";
import { policyDirectory, stream } from "../golden_policy.ts";

async function adapterOf(name: string, modules?: readonly string[]) {
  const { model } = await readPolicy(policyDirectory(name));
  return trainedAdapter(model, { rank: 2, alpha: 4, modules });
}

/** As `TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING` of peft 0.21 says, but for Phi-3. */
const usual: Readonly<Record<string, readonly string[]>> = {
  "llama": ["q_proj", "v_proj"],
  "gpt2": ["c_attn"],
  "mistral": ["q_proj", "v_proj"],
  "qwen3": ["q_proj", "v_proj"],
  "phi3": ["qkv_proj"],
  "gemma3": ["q_proj", "v_proj"],
  "gpt-neox": ["query_key_value"],
  "gptj": ["q_proj", "v_proj"],
  "opt": ["q_proj", "v_proj"],
};

for (const [name, targets] of Object.entries(usual)) {
  Deno.test(`${name}: what peft adapts by itself is adapted in every layer`, async () => {
    const { model } = await readPolicy(policyDirectory(name));
    const found = await adapterOf(name);
    assert.deepEqual(found.targets, targets);
    assert.equal(found.layers.size, targets.length * model.trunk.dimensions.layers);
    assert.equal(found.turned, name === "gpt2");
    assert.deepEqual([found.rank, found.alpha], [2, 4]);
  });
}

Deno.test("all linear layers are those of the trunk, without the head or the table that it is tied to", async () => {
  const llama = await adapterOf("llama", ["all-linear"]);
  assert.deepEqual(llama.targets, [
    "down_proj",
    "gate_proj",
    "k_proj",
    "o_proj",
    "q_proj",
    "up_proj",
    "v_proj",
  ]);
  const gpt2 = await adapterOf("gpt2", ["all-linear"]);
  assert.deepEqual(gpt2.targets, ["c_attn", "c_fc", "c_proj"]);
  for (const { layers } of [llama, gpt2, await adapterOf("llama-tied-biased", ["all-linear"])]) {
    assert.ok([...layers].every((name) => !/lm_head|embed|wte/.test(name)));
  }
});

Deno.test("layers are named by the last parts of their names, down to a single one", async () => {
  const { layers, targets } = await adapterOf("gpt2", ["mlp.c_proj", "h.0.attn.c_attn"]);
  assert.deepEqual(targets, ["h.0.attn.c_attn", "mlp.c_proj"]);
  assert.ok(layers.has("transformer.h.0.attn.c_attn"));
  assert.ok(!layers.has("transformer.h.1.attn.c_attn"));
  assert.ok(layers.has("transformer.h.1.mlp.c_proj"));
  assert.ok(!layers.has("transformer.h.1.attn.c_proj"));
});

Deno.test("a name that no linear layer ends in is refused, with those that there are", async () => {
  for (const wrong of ["proj", "lm_head", "wte", "all-linear"]) {
    await assert.rejects(adapterOf("gpt2", ["c_fc", wrong]), {
      kind: "bad_usage",
      message:
        "Cannot train an adapter as --lora-modules has to name linear layers of the policy, " +
        `such as c_attn, c_fc, c_proj: received "${wrong}"`,
    });
  }
});

Deno.test("an adapter begins as peft's: A uniform within 1 / sqrt(inputs), B and the value head 0", async () => {
  await using open = await openAdapted("llama", { critic: "separate" });
  const { layout } = open.engine;
  const vector = drawFactors(layout, stream(1));
  for (const [name, place] of layout.places) {
    const numbers = weightOf(vector, place);
    if (!name.endsWith("lora_A.weight")) {
      assert.ok(numbers.every((number) => number === 0), name);
      continue;
    }
    const bound = 1 / Math.sqrt(place.shape[1]!);
    assert.ok(numbers.every((number) => Math.abs(number) <= bound), name);
    assert.ok(Math.max(...numbers) > bound / 2 && Math.min(...numbers) < -bound / 2, name);
  }
  assert.deepEqual(drawFactors(layout, stream(1)), vector);
  assert.notDeepEqual(drawFactors(layout, stream(2)), vector);
});
