/**
 * adapter_config.json: what peft 0.21 reads of a LoRA adapter (arXiv 2106.09685), as values. What changes the
 * result and is not computed here is refused by its name in `refused_variants.ts`; what only mattered in
 * training is left unread.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { AbacusError } from "../errors.ts";
import { shown } from "../weights/bad_model.ts";
import { isJsonObject, readJsonFile } from "../weights/json_file.ts";
import { refuseVariants } from "./refused_variants.ts";

/** The file, beside which peft keeps the weights. */
export const ADAPTER_CONFIG = "adapter_config.json";

/** A list of every layer's full name, as `all-linear` leaves it, takes a tenth of it. */
const LONGEST_BYTES = 1_000_000;

const count = z.number().int().positive();

/** What one of a list, or one pattern, says. */
const names = z.union([z.string(), z.array(z.string())]);

/** The fields, with peft's defaults. */
const schema = z.object({
  base_model_name_or_path: z.string().nullish(),
  revision: z.string().nullish(),
  task_type: z.string().nullish(),
  r: count.default(8),
  lora_alpha: z.number().default(8),
  rank_pattern: z.record(z.string(), count).nullish(),
  alpha_pattern: z.record(z.string(), z.number()).nullish(),
  use_rslora: z.boolean().nullish(),
  lora_bias: z.boolean().nullish(),
  bias: z.enum(["none", "all", "lora_only"]).nullish(),
  target_modules: names,
  exclude_modules: names.nullish(),
  modules_to_save: z.array(z.string()).nullish(),
  layers_to_transform: z.union([z.number().int(), z.array(z.number().int())]).nullish(),
  layers_pattern: names.nullish(),
});

/** What adapter_config.json says. */
export type AdapterConfig = z.infer<typeof schema>;

/** Whether a directory holds an adapter: transformers and peft tell it by this file alone. */
export async function holdsAdapter(directory: string): Promise<boolean> {
  return await Deno.stat(join(directory, ADAPTER_CONFIG)).then(() => true, () => false);
}

/**
 * Reads the file of a directory.
 *
 * @throws {AbacusError} `bad_model` where it is broken, of another method than LoRA, or of a variant that would
 * need other arithmetic
 */
export async function readAdapterConfig(directory: string): Promise<AdapterConfig> {
  const path = join(directory, ADAPTER_CONFIG);
  return adapterConfig(
    await readJsonFile(path, { mostBytes: LONGEST_BYTES, duplicateKeys: "ignored" }),
  );
}

/** As {@linkcode readAdapterConfig}, of the file's value. */
export function adapterConfig(json: unknown): AdapterConfig {
  if (!isJsonObject(json)) {
    throw badAdapter(
      `Cannot read the adapter as its file is no JSON object: received ${shown(json)}`,
    );
  }
  refuseVariants(json);
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = String(issue?.path[0] ?? "");
  throw badAdapter(
    `Cannot read the adapter as "${
      issue?.path.join(".")
    }" is not usable (${issue?.message}): received ${shown(json[field] ?? null)}`,
  );
}

/** The error of an adapter_config.json that Abacus cannot use. */
export function badAdapter(message: string): AbacusError {
  return new AbacusError("bad_model", message, { path: ADAPTER_CONFIG });
}
