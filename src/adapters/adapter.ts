/**
 * Adapter: a directory of peft with a LoRA adapter, read but for its weights' numbers.
 *
 * @module
 */

import { shown } from "../weights/bad_model.ts";
import type { ListedTensor } from "../weights/checkpoint.ts";
import { openAdapterWeights } from "../weights/open.ts";
import { type AdapterConfig, badAdapter, readAdapterConfig } from "./adapter_config.ts";
import { type AdapterTensors, adapterTensors } from "./adapter_tensors.ts";
import { ModuleRules } from "./module_rules.ts";

/** An adapter, before its base model is known. */
export interface Adapter {
  readonly directory: string;
  /** The file of its tensors. */
  readonly source: string;
  readonly config: AdapterConfig;
  readonly rules: ModuleRules;
  readonly tensors: AdapterTensors;
}

/** What config.json says of a model is changed by what an adapter holds. */
export type ConfigFields = Readonly<Record<string, unknown>>;

/**
 * Reads the adapter of a directory: adapter_model.safetensors, else adapter_model.bin.
 *
 * @throws {AbacusError} `bad_model` naming the file, field or tensor at fault
 */
export async function openAdapter(directory: string): Promise<Adapter> {
  const config = await readAdapterConfig(directory);
  const { source, tensors } = await openAdapterWeights(directory);
  return {
    directory,
    source,
    config,
    rules: new ModuleRules(config),
    tensors: adapterTensors(source, tensors.values()),
  };
}

/**
 * The tensors that a model of the adapter has, by the names that transformers gives them, as evidence of its
 * class and head.
 */
export function adaptedTensors(
  { tensors: { saved } }: Adapter,
  base: ReadonlyMap<string, ListedTensor>,
): ReadonlyMap<string, ListedTensor> {
  return new Map([...base, ...saved]);
}

/**
 * Refuses a table of embeddings that is saved as a whole by `modules_to_save` where the head is tied to the base
 * model's: peft trains a copy of the table and leaves the head as it was.
 *
 * @param head where the head's weights are, as in `linear model.embed_tokens, row 0`
 * @throws {AbacusError} `bad_model`
 */
export function refuseTiedHead({ source, rules }: Adapter, table: string, head: string): void {
  if (!head.includes(` ${table},`) || rules.savedAs(table) === undefined) return;
  throw badAdapter(
    `Cannot apply ${source} as "modules_to_save" holds a copy of the table that the head is tied to, which ` +
      `peft takes apart; merge it with peft's merge_and_unload: received ${shown(table)}`,
  );
}

const heads = /^(score|classifier|classifier\.out_proj)\.weight$/;
const words = /(^|\.)(embed_tokens|wte|word_embeddings|embed_in|tok_embeddings)\.weight$/;

/**
 * config.json of the base model, as the model has it that was trained: `num_labels` and `vocab_size` are what
 * `from_pretrained(..., num_labels=)` and `resize_token_embeddings` set before training, of which nothing but
 * the shapes of the saved tensors is left.
 */
export function adaptedConfig(
  { config: { task_type: task }, tensors: { saved } }: Adapter,
  config: ConfigFields,
): ConfigFields {
  const rowsOf = (pattern: RegExp) => [...saved].find(([name]) => pattern.test(name))?.[1].shape[0];
  const [labels, vocabulary] = [rowsOf(heads), rowsOf(words)];
  return {
    ...config,
    ...(task === "TOKEN_CLS" ? { architectures: tokenClasses(config) } : {}),
    ...(labels === undefined || labels === labelsOf(config) ? {} : {
      num_labels: labels,
      id2label: undefined,
      label2id: undefined,
    }),
    ...(vocabulary === undefined ? {} : { vocab_size: vocabulary }),
  };
}

/** The class of a token classifier over the base model, which is usually a policy. */
function tokenClasses({ architectures: names }: ConfigFields): unknown {
  if (!Array.isArray(names)) return names;
  return names.map((name) =>
    String(name).replace(/(For[A-Z]\w+|LMHeadModel|Model)$/, "ForTokenClassification")
  );
}

/** The labels of a configuration; transformers takes two where it says nothing. */
function labelsOf({ id2label, num_labels: count }: ConfigFields): unknown {
  if (typeof id2label === "object" && id2label !== null) return Object.keys(id2label).length;
  return count ?? 2;
}
