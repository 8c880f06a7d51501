/**
 * An adapter of the Llama in tests/model/tiny_model.ts, as peft would save it.
 *
 * @module
 */

import { join } from "node:path";
import { safetensors, temporaryDirectory, type TestTensor } from "../support/checkpoint.ts";

/** An adapter_config.json, `changes` put over it. */
export function tinyAdapterConfig(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    peft_type: "LORA",
    task_type: "SEQ_CLS",
    base_model_name_or_path: null,
    r: 2,
    lora_alpha: 4,
    target_modules: ["q_proj"],
    modules_to_save: ["classifier", "score"],
    ...changes,
  };
}

/** Its tensors: matrices for both query projections, and a head. */
export function tinyAdapterTensors(): TestTensor[] {
  const queries = [0, 1].flatMap((layer) => {
    const at = `base_model.model.model.layers.${layer}.self_attn.q_proj`;
    return [
      { name: `${at}.lora_A.weight`, shape: [2, 8] },
      { name: `${at}.lora_B.weight`, shape: [8, 2] },
    ];
  });
  return [...queries, { name: "base_model.model.score.weight", shape: [1, 8] }].map((tensor) => ({
    ...tensor,
    data: Array.from({ length: tensor.shape[0]! * tensor.shape[1]! }, (_, i) => ((i % 7) - 3) / 8),
  }));
}

/** Writes the directory; it goes away at the end of the block. */
export async function tinyAdapter(
  { config = tinyAdapterConfig(), tensors = tinyAdapterTensors() }: {
    config?: Record<string, unknown>;
    tensors?: readonly TestTensor[];
  } = {},
): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await temporaryDirectory();
  const { path } = directory;
  await Deno.writeTextFile(join(path, "adapter_config.json"), JSON.stringify(config));
  await Deno.writeFile(join(path, "adapter_model.safetensors"), safetensors(tensors));
  return directory;
}
