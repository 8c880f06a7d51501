import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import {
  adapterConfig,
  holdsAdapter,
  readAdapterConfig,
} from "../../src/adapters/adapter_config.ts";
import { ModuleRules } from "../../src/adapters/module_rules.ts";
import { refuseVariants } from "../../src/adapters/refused_variants.ts";
import { AbacusError } from "../../src/errors.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";
import { goldenAdapter } from "../support/golden_adapter.ts";

/** A file as peft 0.21 writes it. */
const file = JSON.parse(
  Deno.readTextFileSync(join(goldenAdapter("qwen2").adapter, "adapter_config.json")),
);

Deno.test("the fields that the result depends on are read, with peft's defaults", () => {
  const { r, lora_alpha, use_rslora, rank_pattern } = adapterConfig(file);
  assert.deepEqual({ r, lora_alpha, use_rslora, rank_pattern }, {
    r: 4,
    lora_alpha: 5,
    use_rslora: true,
    rank_pattern: { q_proj: 2, "layers\\.1\\.mlp\\.(up|gate)_proj": 3 },
  });
  const least = adapterConfig({ peft_type: "LORA", target_modules: ["q"] });
  assert.deepEqual([least.r, least.lora_alpha], [8, 8]);
});

Deno.test("variants that need other arithmetic are refused by name", () => {
  const changes: [Record<string, unknown>, RegExp][] = [
    [{ peft_type: "IA3" }, /"peft_type" is not supported: only LoRA .*: received "IA3"$/],
    [{ peft_type: "PREFIX_TUNING" }, /"PREFIX_TUNING"$/],
    [{ peft_type: undefined }, /"peft_type".*received null$/],
    [{ use_dora: true }, /"use_dora" is not supported: DoRA .*: received true$/],
    [{ use_qalora: true }, /"use_qalora"/],
    [{ use_bdlora: { nblocks: 2 } }, /"use_bdlora"/],
    [{ alora_invocation_tokens: [1, 2] }, /"alora_invocation_tokens"/],
    [{ arrow_config: { top_k: 3 } }, /"arrow_config"/],
    [{ kasa_config: { beta: 1e-4 } }, /"kasa_config"/],
    [{ monteclora_config: { num_samples: 8 } }, /"monteclora_config"/],
    [{ velora_config: { scale: 1 } }, /"velora_config"/],
    [{ layer_replication: [[0, 1]] }, /"layer_replication"/],
    [{ megatron_config: { a: 1 } }, /"megatron_config"/],
    [{ target_parameters: ["experts.up"] }, /"target_parameters"/],
    [{ trainable_token_indices: [1] }, /"trainable_token_indices"/],
    [{ ensure_weight_tying: true }, /"ensure_weight_tying"/],
    [{ init_lora_weights: "pissa" }, /"init_lora_weights".*path_initial_model.*received "pissa"$/],
    [{ init_lora_weights: "pissa_niter_4" }, /"init_lora_weights"/],
    [{ init_lora_weights: "olora" }, /"init_lora_weights"/],
    [{ init_lora_weights: "loftq" }, /"init_lora_weights"/],
    [{ init_lora_weights: "corda" }, /"init_lora_weights"/],
    [{ init_lora_weights: "lora_ga" }, /"init_lora_weights"/],
    [{ use_something_new: true }, /"use_something_new".*no such field is known to peft 0\.21/],
    [{ something_config: { a: 1 } }, /"something_config"/],
  ];
  for (const [change, message] of changes) {
    assert.throws(() => adapterConfig({ ...file, ...change }), {
      kind: "bad_model",
      path: "adapter_config.json",
      message,
    });
  }
});

Deno.test("an adapter of plain LoRA is of no variant", () => refuseVariants(file));

Deno.test("what only mattered in training is left unread", () => {
  for (const init of [true, false, null, "gaussian", "eva", "orthogonal", "mica"]) {
    adapterConfig({ ...file, init_lora_weights: init });
  }
  const harmless = {
    lora_dropout: 0.1,
    eva_config: { rho: 2 },
    loftq_config: { loftq_bits: 4 },
    megatron_core: "megatron.core",
    fan_in_fan_out: true,
    qalora_group_size: 16,
    something_size: 4,
    inference_mode: true,
    auto_mapping: { base_model_class: "X" },
  };
  assert.deepEqual(adapterConfig({ ...file, ...harmless }), adapterConfig(file));
});

Deno.test("a field of another form is named", () => {
  const changes: [Record<string, unknown>, RegExp][] = [
    [{ r: 0 }, /Cannot read the adapter as "r" is not usable \(.*\): received 0$/],
    [{ lora_alpha: "8" }, /"lora_alpha".*received "8"$/],
    [{ rank_pattern: { q: 1.5 } }, /"rank_pattern\.q".*received \{"q":1\.5\}$/],
    [{ target_modules: null }, /"target_modules".*received null$/],
    [{ bias: "some" }, /"bias"/],
    [{ layers_to_transform: ["1"] }, /"layers_to_transform/],
  ];
  for (const [change, message] of changes) {
    assert.throws(() => adapterConfig({ ...file, ...change }), { kind: "bad_model", message });
  }
  for (const json of [null, [], 3, "LORA"]) {
    assert.throws(() => adapterConfig(json), { message: /no JSON object/ });
  }
});

Deno.test("near misses of the schema give errors of the closed set and nothing else", () => {
  const names = fc.constantFrom(...Object.keys(file), "use_new", "new_config", "__proto__");
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom("all-linear", "(", "[a-", "(?!x)", "\\", "q_proj|", "*", "LORA", "pissa"),
    fc.array(fc.constantFrom("q_proj", "(", "a\\", "[", "")),
    fc.dictionary(fc.constantFrom("q_proj", "(", "x*+"), fc.oneof(fc.integer(), fc.double())),
  );
  const changes = fc.dictionary(names, value, { maxKeys: 4 });
  fc.assert(
    fc.property(changes, fc.string(), (change, module) => {
      try {
        const rules = new ModuleRules(adapterConfig({ ...file, ...change }));
        rules.targets(module, "linear");
        assert.ok(rules.rankOf(module).rank > 0);
        rules.savedAs(module);
      } catch (error) {
        assert.ok(error instanceof AbacusError, String(error));
        assert.equal(error.kind, "bad_model");
      }
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("a directory with the file holds an adapter, whatever the file says", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  assert.equal(await holdsAdapter(path), false);
  await Deno.writeTextFile(join(path, "adapter_config.json"), "{");
  assert.equal(await holdsAdapter(path), true);
  await assert.rejects(readAdapterConfig(path), { kind: "bad_model", message: /is not JSON/ });
  await Deno.writeTextFile(join(path, "adapter_config.json"), JSON.stringify(file));
  assert.equal((await readAdapterConfig(path)).task_type, "SEQ_CLS");
});
