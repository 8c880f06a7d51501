/**
 * Directories and weights that are something else than a whole model in plain numbers: a quantised
 * checkpoint, a model within a wrapper. transformers would need more than this directory for
 * them, or would draw what it does not find at random; here the error says what it is and what to do.
 *
 * @module
 */

import { hasValueHead } from "../architectures/heads/value_head.ts";
import { AbacusError } from "../errors.ts";
import { badModel, listed, shown } from "../weights/bad_model.ts";
import type { Checkpoint } from "../weights/checkpoint.ts";
import { isJsonObject } from "../weights/json_file.ts";

/** Names of tensors by which weights are known to be something else. */
const foreignTensors: readonly { pattern: RegExp; what: string; remedy: string }[] = [
  {
    pattern: /\.lora_(A|B|embedding_A|embedding_B|magnitude_vector)\b|(^|\.)base_model\.model\./,
    what: "weights of a PEFT adapter that was not merged",
    remedy: "merge it with peft's merge_and_unload and save the result",
  },
  {
    pattern:
      /\.(qweight|qzeros|g_idx|weight_packed|weight_scale|weight_scale_inv|SCB)$|\.weight\.(absmax|quant_map|nested_absmax|quant_state\b.*)$/,
    what: "quantised weights",
    remedy: "save the model unquantised, as transformers' dequantize() and save_pretrained do",
  },
  {
    pattern: /^module\./,
    what: "weights within DistributedDataParallel or DeepSpeed's wrapper",
    remedy: 'save the model within (model.module), or take "module." off the names',
  },
  {
    pattern: /^_orig_mod\./,
    what: "weights within torch.compile's wrapper",
    remedy: 'save the model within (model._orig_mod), or take "_orig_mod." off the names',
  },
];

/** Heads with which a model is served where there is a value head as well. */
const rewardHead = /(^|\.)(score|classifier|value_head)\.weight$/;

/**
 * Refuses what config.json says is quantised.
 *
 * @throws {AbacusError} `bad_model`, naming the method
 */
export function refuseQuantised(config: Readonly<Record<string, unknown>>): void {
  const { quantization_config: quantised = null } = config;
  if (quantised === null) return;
  const method = isJsonObject(quantised) ? quantised["quant_method"] : undefined;
  throw new AbacusError(
    "bad_model",
    `Cannot load the model as "quantization_config" says that its weights are quantised` +
      `${
        method === undefined ? "" : ` by ${shown(method)}`
      }; save it unquantised, as transformers' ` +
      `dequantize() and save_pretrained do: received ${shown(quantised)}`,
    { path: "config.json" },
  );
}

/**
 * Refuses weights that their names give away.
 *
 * @throws {AbacusError} `bad_model`, naming some of the tensors
 */
export function refuseForeignTensors({ source, tensors }: Checkpoint): void {
  const names = [...tensors.keys()];
  for (const { pattern, what, remedy } of foreignTensors) {
    const found = names.filter((name) => pattern.test(name));
    if (found.length === 0) continue;
    throw badModel(
      `Cannot load ${source} as it holds ${what}; ${remedy}: received ${listed(found.map(shown))}`,
    );
  }
}

/**
 * Refuses a model whose only head is a value head, unless GRM's trainer wrote that it is a reward head:
 * transformers would draw the other at random, and nothing tells a critic's from a reward model's.
 *
 * @throws {AbacusError} `bad_model`, naming its tensors
 */
export function refuseValueHead(
  { source, tensors }: Pick<Checkpoint, "source" | "tensors">,
  { vhead_layer_type: rewarding = null, architectures }: Readonly<Record<string, unknown>>,
): void {
  // Skywork's process reward models were trained with that head on what steps have earned.
  if (JSON.stringify(architectures ?? []).includes("Qwen2ForPrmModel")) return;
  const names = [...tensors.keys()];
  if (rewarding !== null || !hasValueHead(tensors)) return;
  if (names.some((name) => rewardHead.test(name))) return;
  throw badModel(
    `Cannot load ${source} as a reward model as its head is a value head of TRL ` +
      `(AutoModelForCausalLMWithValueHead), and nothing says whether it is a critic's, which says what is ` +
      `still to come, or a reward model's; --head value reads it as a reward model's: received ${
        listed(names.filter((name) => /(^|\.)v_head\./.test(name)).map(shown))
      }`,
  );
}
