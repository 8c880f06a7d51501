/**
 * What the config.json of encoders after BERT's fashion hold alike, and the attention that it says.
 *
 * @module
 */

import { z } from "zod";
import { type ActivationName, activationNames } from "../layers/activation.ts";
import type { AttentionSpec } from "../layers/attention.ts";
import { classifierFields } from "./configuration.ts";

/** What an encoder's config.json says, as far as all of them say it. */
export interface EncoderConfig {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly max_position_embeddings: number;
  /** 0 for a model without token types. */
  readonly type_vocab_size: number;
  readonly hidden_act: ActivationName;
  readonly layer_norm_eps: number;
}

/** Fields that all of them have, with the defaults of a family's own configuration. */
export function encoderFields(defaults: EncoderConfig) {
  const size = (value: number) => z.number().int().positive().default(value);
  return {
    ...classifierFields,
    vocab_size: size(defaults.vocab_size),
    hidden_size: size(defaults.hidden_size),
    num_hidden_layers: size(defaults.num_hidden_layers),
    num_attention_heads: size(defaults.num_attention_heads),
    intermediate_size: size(defaults.intermediate_size),
    max_position_embeddings: size(defaults.max_position_embeddings),
    type_vocab_size: z.number().int().min(0).default(defaults.type_vocab_size),
    hidden_act: z.enum(activationNames).default(defaults.hidden_act),
    layer_norm_eps: z.number().positive().default(defaults.layer_norm_eps),
  };
}

/**
 * What a file could ask for beside an encoder with a table of positions. Present transformers reads only this
 * kind of positions, and would compute others wrongly.
 */
export const plainEncoder = {
  position_embedding_type: z.literal("absolute").nullable().default("absolute"),
  is_decoder: z.literal(false).default(false),
  add_cross_attention: z.literal(false).default(false),
};

/** Refuses a width that the heads do not divide. */
export function expectHeads(config: EncoderConfig, context: z.RefinementCtx): void {
  if (config.hidden_size % config.num_attention_heads === 0) return;
  const message = "the heads do not divide hidden_size";
  context.addIssue({ code: "custom", path: ["num_attention_heads"], message });
}

/** Scores that are scaled by the root of a head's width (arXiv 1706.03762, equation 1). */
export function encoderHeads(
  { num_attention_heads: heads, hidden_size: hidden }: EncoderConfig,
): AttentionSpec {
  const width = hidden / heads;
  return { heads, kvHeads: heads, width, scale: 1 / Math.sqrt(width) };
}
