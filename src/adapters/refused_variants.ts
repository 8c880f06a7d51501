/**
 * Kinds of adapters that would need other arithmetic than `W + scale * B A`, each refused by the field that
 * says so. Pure.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { shown } from "../weights/bad_model.ts";
import { isJsonObject } from "../weights/json_file.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What is wrong with a field of adapter_config.json that is switched on. */
const variants: Readonly<Record<string, string>> = {
  use_dora: "DoRA scales each output by the length of its weights as well",
  use_qalora: "QALoRA belongs to weights that are quantised by GPTQ",
  use_bdlora: "BD-LoRA has matrices of blocks",
  alora_invocation_tokens: "aLoRA adapts only what stands behind certain tokens",
  arrow_config: "Arrow chooses between several adapters for each token",
  kasa_config: "KaSA changes the base model's weights as well",
  monteclora_config: "MonteCLoRA draws its matrices at random",
  velora_config: "VeLoRA has layers of its own",
  layer_replication: "it stacks layers of the base model anew",
  megatron_config: "it belongs to a model of Megatron",
  target_parameters: "it changes parameters that are no linear layers, as those of experts",
  trainable_token_indices: "it holds single rows of a table of embeddings",
  ensure_weight_tying: "it ties the head over the vocabulary to the table of embeddings",
};

/**
 * Ways of drawing the matrices at first that leave the base model's weights as they are. The others (PiSSA,
 * OLoRA, CorDA, LoRA-GA, LoftQ) take out of them what the matrices begin with.
 */
const harmlessInits: readonly unknown[] = [
  undefined,
  null,
  true,
  false,
  "gaussian",
  "eva",
  "orthogonal",
  "mica",
];

/** Fields whose objects say how the adapter was trained or made at first. */
const unread: ReadonlySet<string> = new Set([
  "auto_mapping",
  "corda_config",
  "eva_config",
  "fan_in_fan_out", // which layers store weights the other way round, peft tells by their class, as do we
  "inference_mode",
  "init_lora_weights", // above
  "loftq_config",
  "lora_ga_config",
  "runtime_config",
  // Read by adapter_config.ts.
  "alpha_pattern",
  "exclude_modules",
  "layers_pattern",
  "layers_to_transform",
  "lora_bias",
  "modules_to_save",
  "rank_pattern",
  "target_modules",
  "use_rslora",
]);

/**
 * @throws {AbacusError} `bad_model` naming the field: another method than LoRA, a variant of it, a beginning
 * that changed the base model, or a field that peft 0.21 does not know and that is switched on
 */
export function refuseVariants(config: Fields): void {
  const { peft_type: kind, init_lora_weights: init } = config;
  if (kind !== "LORA") {
    throw refused('"peft_type"', "only LoRA is supported, written LORA", kind);
  }
  for (const [field, reason] of Object.entries(variants)) {
    if (isOn(config[field])) throw refused(`"${field}"`, reason, config[field]);
  }
  if (!harmlessInits.includes(init)) {
    const reason =
      "the base model was changed before training; save the adapter again with peft's " +
      "path_initial_model_for_weight_conversion";
    throw refused('"init_lora_weights"', reason, init);
  }
  const strange = Object.keys(config).find((field) =>
    !unread.has(field) && !Object.hasOwn(variants, field) && isSwitch(config[field])
  );
  if (strange === undefined) return;
  throw refused(shown(strange), "no such field is known to peft 0.21", config[strange]);
}

function refused(field: string, reason: string, received: unknown): AbacusError {
  return new AbacusError(
    "bad_model",
    `Cannot apply the adapter as ${field} is not supported: ${reason}: received ${
      shown(received ?? null)
    }`,
    { path: "adapter_config.json" },
  );
}

/** Whether Python takes the value for true. */
function isOn(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isJsonObject(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** Whether an unknown field may switch something on; sizes and names alone do not. */
function isSwitch(value: unknown): boolean {
  return typeof value !== "number" && typeof value !== "string" && isOn(value);
}
