/**
 * The fields of tokenizer_config.json: what each means for ids and templates in transformers 5.23, and
 * which of them stop a model from loading.
 *
 * docs/tokenizer-files.md says the same at length; a test keeps the two together. A field that is not
 * in the table is one that transformers ignores.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { Fields, TokenizerFiles } from "./tokenizer_files.ts";

/** `kept`: it changes ids or templates here as there. `idle`: it changes neither. `refused`: see below. */
export type FieldEffect = "kept" | "idle" | "refused";

/** Every field with a meaning in transformers. */
export const tokenizerFields: Readonly<Record<string, FieldEffect>> = {
  // Tokens
  bos_token: "kept",
  eos_token: "kept",
  unk_token: "kept",
  sep_token: "kept",
  pad_token: "kept",
  cls_token: "kept",
  mask_token: "kept",
  additional_special_tokens: "kept",
  extra_special_tokens: "kept",
  model_specific_special_tokens: "kept",
  added_tokens_decoder: "kept",
  split_special_tokens: "kept",
  chat_control_tokens: "kept",
  // The class and its switches
  tokenizer_class: "kept",
  fast_tokenizer_files: "kept",
  add_prefix_space: "kept",
  legacy: "kept",
  do_lower_case: "kept",
  strip_accents: "kept",
  tokenize_chinese_chars: "kept",
  split_by_punct: "kept",
  unk_id: "kept",
  fix_mistral_regex: "kept",
  model_input_names: "kept",
  chat_template: "kept",
  // What tokenizer.json says already
  add_bos_token: "idle",
  add_eos_token: "idle",
  // Decoding, padding, truncation and names
  clean_up_tokenization_spaces: "idle",
  model_max_length: "idle",
  max_len: "idle",
  max_length: "idle",
  padding_side: "idle",
  truncation_side: "idle",
  trim_offsets: "idle",
  errors: "idle",
  backend: "idle",
  name_or_path: "idle",
  processor_class: "idle",
  special_tokens_map_file: "idle",
  tokenizer_file: "idle",
  vocab_file: "idle",
  merges_file: "idle",
  do_basic_tokenize: "idle",
  never_split: "idle",
  sp_model_kwargs: "idle",
  spaces_between_special_tokens: "idle",
  use_default_system_prompt: "idle",
  use_fast: "idle",
  response_template: "idle",
  response_schema: "idle",
  // What only Python can run
  auto_map: "refused",
  init_inputs: "refused",
  tokenizer_object: "refused",
  post_processor: "refused",
  tokenizer_padding: "refused",
  tokenizer_truncation: "refused",
};

/**
 * Fields that transformers drops where there is a tokenizer.json: its post-processor decides. Version 4
 * obeyed them for some classes.
 */
export const ignoredBesideTokenizerJson = ["add_bos_token", "add_eos_token"] as const;

/** Fields of special_tokens_map.json that would take effect by accident, in ways of their own. */
const refusedInMap = ["chat_template", "add_bos_token", "add_eos_token", "added_tokens_decoder"];

/** Families whose own code transformers 5.23 passes over unless it is told to trust that. */
const ownCodeUnread: ReadonlySet<string> = new Set(["internlm2", "modernbert", "phi3", "qwen2"]);

/** @throws {AbacusError} `bad_model` naming the first field that is refused */
export function checkFields({ config, model, specialTokensMap, directory }: TokenizerFiles): void {
  const isUnread = ownCodeUnread.has(model?.model_type ?? "");
  for (const [name, value] of Object.entries(config ?? {})) {
    if (name === "auto_map" && isUnread) continue;
    if (tokenizerFields[name] === "refused" && !isHarmless(name, value)) {
      throw refusal(directory, `'${name}' of tokenizer_config.json`, value);
    }
  }
  if (config?.["added_tokens_decoder"] !== undefined) return;
  const [name] = refusedInMap.filter((name) => name in (specialTokensMap ?? {}));
  if (name === undefined) return;
  throw refusal(directory, `'${name}' of special_tokens_map.json`, specialTokensMap?.[name]);
}

/** `auto_map` may name code for other parts, and `init_inputs` may be empty, as transformers 3 wrote it. */
function isHarmless(name: string, value: unknown): boolean {
  if (value === null) return true;
  if (name === "init_inputs") return Array.isArray(value) && value.length === 0;
  if (name !== "auto_map" || Array.isArray(value)) return false;
  return typeof value === "object" && ((value as Fields)["AutoTokenizer"] ?? null) === null;
}

function refusal(directory: string, field: string, value: unknown): AbacusError {
  return new AbacusError(
    "bad_model",
    `Cannot load the tokenizer of ${directory} as ${field} asks for code of its own or an object of ` +
      "Python, and without it the ids may be others (where tokenizer.json says all, remove the " +
      `field): received ${JSON.stringify(value)?.slice(0, 200)}`,
  );
}
