/**
 * Adapter directory: a LoRA adapter under the names that peft 0.21 reads. `src/adapters` reads such directories.
 *
 * @module
 */

import { join } from "node:path";
import { writeSafetensors, type WrittenTensor } from "../../weights/write.ts";
import type { TrainedAdapter } from "../graphs/trained_adapter.ts";

/** An adapter with its numbers. */
export interface WrittenAdapter {
  /** The directory or the hub id of the model that it belongs to. */
  readonly base: string;
  readonly adapter: TrainedAdapter;
  /** Its factors, named by layer and factor. */
  readonly weights: readonly WrittenTensor[];
}

/** What peft puts before the name of a module. */
const PREFIX = "base_model.model";

/** Writes adapter_config.json and adapter_model.safetensors. */
export async function writeAdapter(
  directory: string,
  { base, adapter, weights }: WrittenAdapter,
): Promise<void> {
  const named = weights.map((each) => ({ ...each, name: `${PREFIX}.${each.name}` }));
  const path = join(directory, "adapter_model.safetensors");
  await writeSafetensors(path, named, { format: "pt" });
  const config = `${JSON.stringify(configOf(base, adapter), null, 2)}\n`;
  await Deno.writeTextFile(join(directory, "adapter_config.json"), config);
}

/** The fields of peft's LoraConfig whose values are not its defaults, or that readers of the file look for. */
function configOf(base: string, { rank, alpha, targets, turned }: TrainedAdapter): object {
  return {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: base,
    r: rank,
    lora_alpha: alpha,
    lora_dropout: 0,
    bias: "none",
    target_modules: targets,
    fan_in_fan_out: turned,
    inference_mode: true,
  };
}
