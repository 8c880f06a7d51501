/**
 * The largest sizes that config.json may state. Tables, graphs and lists are made of them before the first
 * tensor is asked for, so that a slip of the keyboard would cost all memory rather than an error.
 *
 * @module
 */

import { badConfiguration } from "./configuration.ts";

/** Far above what any model has, and little enough to be counted up to. */
const limits = {
  layers: 4096,
  heads: 65_536,
  width: 2 ** 20,
  labels: 2 ** 20,
  positions: 2 ** 24,
  count: 2 ** 31 - 1,
} as const;

type Kind = keyof typeof limits;

/** Fields by the kind of size that they state, under every name that a family has for them. */
const fields: Readonly<Record<Kind, readonly string[]>> = {
  layers: [
    "num_hidden_layers",
    "n_layer",
    "n_layers",
    "num_hidden_groups",
    "inner_group_num",
    "max_window_layers",
    "global_attn_every_n_layers",
  ],
  heads: ["num_attention_heads", "n_head", "n_heads", "num_key_value_heads"],
  width: [
    "hidden_size",
    "n_embd",
    "dim",
    "head_dim",
    "attention_head_size",
    "intermediate_size",
    "n_inner",
    "hidden_dim",
    "ffn_dim",
    "embedding_size",
    "word_embed_proj_dim",
    "pooler_hidden_size",
    "rotary_dim",
    "conv_kernel_size",
  ],
  labels: ["num_labels", "score_dim", "num_objectives"],
  positions: [
    "max_position_embeddings",
    "n_positions",
    "max_relative_positions",
    "position_buckets",
  ],
  count: [
    "vocab_size",
    "type_vocab_size",
    "original_max_position_embeddings",
    "sliding_window",
    "local_attention",
  ],
};

/**
 * The fields of a config.json, without sizes beyond all measure; what else is wrong with a value is for the
 * family's page to say.
 *
 * @throws {AbacusError} `bad_model` naming the field
 */
export function withinLimits<Fields extends Readonly<Record<string, unknown>>>(
  config: Fields,
): Fields {
  for (const [kind, names] of Object.entries(fields)) {
    const most = limits[kind as Kind];
    for (const name of names) {
      const value = config[name];
      if (typeof value !== "number" || value <= most) continue;
      throw badConfiguration(
        `Cannot read the configuration as "${name}" may be at most ${most}: received ${value}`,
      );
    }
  }
  return config;
}
