/**
 * Fields of config.json that have several names, by family: the one table of old and new spellings. Names
 * that transformers reads count, and where two names say different things the file is refused, naming both:
 * nobody knows which of them the weights were trained with.
 *
 * @module
 */

import { badConfiguration } from "./configuration.ts";

/** One field under all its names. */
export interface FieldNames {
  /** What the family's page calls it. */
  readonly field: string;
  /** Names that transformers reads; where it reads several, the first wins. */
  readonly read: readonly string[];
  /** Names that files have as well and transformers leaves unread. */
  readonly unread?: readonly string[];
  /** The value where none of the names that are read stands in the file. */
  readonly fallback?: unknown;
}

/** The general names of GPT2Config's and GPTJConfig's attribute_map are set last, so they win. */
const generalNames: readonly FieldNames[] = [
  { field: "n_embd", read: ["hidden_size", "n_embd"] },
  { field: "n_layer", read: ["num_hidden_layers", "n_layer"] },
  { field: "n_head", read: ["num_attention_heads", "n_head"] },
  { field: "n_positions", read: ["max_position_embeddings", "n_positions"] },
];

/** Files of Gemma have both names; its configurations from the second on have one. */
const gemmaNames: readonly FieldNames[] = [{
  field: "hidden_activation",
  read: ["hidden_activation"],
  unread: ["hidden_act"],
  fallback: "gelu_pytorch_tanh",
}];

const table: Readonly<Record<string, readonly FieldNames[]>> = {
  gpt2: generalNames,
  gptj: generalNames,
  // DistilBertConfig's attribute_map, likewise.
  distilbert: [
    { field: "dim", read: ["hidden_size", "dim"] },
    { field: "n_layers", read: ["num_hidden_layers", "n_layers"] },
    { field: "n_heads", read: ["num_attention_heads", "n_heads"] },
  ],
  gemma2: gemmaNames,
  gemma3_text: gemmaNames,
};

/** Where two settings of rotary embeddings stand beside `rope_parameters`. */
export interface RotaryNames {
  /** The base of the angles, `rope_parameters.rope_theta`. */
  readonly base: string;
  /** The part of a head that turns, `rope_parameters.partial_rotary_factor`. */
  readonly part: string;
}

/** As most families name them. */
export const usualRotaryNames: RotaryNames = { base: "rope_theta", part: "partial_rotary_factor" };

/** As GPT-NeoX names them. Transformers 4 wrote the usual names too, which are not read. */
export const neoxRotaryNames: RotaryNames = { base: "rotary_emb_base", part: "rotary_pct" };

/** A value that config.json gives to a field, and where. */
export interface Named {
  readonly name: string;
  readonly value: unknown;
  /** Whether the field is not in the file and the value is its default. @default false */
  readonly absent?: boolean;
}

/**
 * The fields of a config.json, each under the name that the family's page reads.
 *
 * @throws {AbacusError} `bad_model` naming two fields that contradict each other
 */
export function inPageNames(
  config: Readonly<Record<string, unknown>>,
  family: string,
): Readonly<Record<string, unknown>> {
  const fields = { ...config };
  for (const { field, read, unread = [], fallback } of table[family] ?? []) {
    const [used, ...others] = given(config, read);
    for (const other of others) expectEqual("the configuration", used!, other);
    if (used !== undefined) fields[field] = used.value;
    for (const other of given(config, unread)) {
      const absent = { name: field, value: fallback, absent: true };
      if (other.value !== null) expectEqual("the configuration", used ?? absent, other);
    }
  }
  return fields;
}

function given(config: Readonly<Record<string, unknown>>, names: readonly string[]): Named[] {
  return names.filter((name) => config[name] !== undefined)
    .map((name) => ({ name, value: config[name] }));
}

/** @throws {AbacusError} `bad_model` naming both, where they differ */
export function expectEqual(what: string, one: Named, other: Named): void {
  const [a, b] = [JSON.stringify(one.value), JSON.stringify(other.value)];
  if (a === b) return;
  throw badConfiguration(
    `Cannot read ${what} as "${one.name}"${one.absent ? " (absent)" : ""} and "${other.name}" ` +
      `contradict each other: received ${a} and ${b}`,
  );
}
