/**
 * Gemma (arXiv 2403.08295), as `GemmaForSequenceClassification` and `GemmaForCausalLM`: a Llama whose norms
 * are stored as what they differ from 1 by, with embeddings scaled by the root of their width.
 *
 * @module
 */

import { z } from "zod";
import { activationNames } from "../layers/activation.ts";
import type { CausalFamily } from "./causal_family.ts";
import { decoder } from "./decoder.ts";
import { preNormBlock, rmsNormOf } from "./decoder_block.ts";
import { decoderFields, expectHeads, headsOf } from "./decoder_configuration.ts";
import { decoderSizes } from "./decoder_sizes.ts";
import { gatedMlp } from "./gated_mlp.ts";
import { rotaryAttention } from "./rotary_attention.ts";
import type { Trunk } from "./trunk.ts";

const size = z.number().int().positive();

const configuration = z.object({
  ...decoderFields,
  ...decoderSizes({
    vocab_size: 256_000,
    hidden_size: 3072,
    intermediate_size: 24_576,
    num_hidden_layers: 28,
    num_attention_heads: 16,
    max_position_embeddings: 8192,
  }),
  num_key_value_heads: size.default(16),
  head_dim: size.default(256),
  // The first files say "gelu" where its tanh approximation is meant, and transformers knows.
  hidden_act: z.enum(activationNames).default("gelu_pytorch_tanh")
    .transform((name) => name === "gelu" ? "gelu_pytorch_tanh" : name),
  attention_bias: z.boolean().default(false),
  pad_token_id: z.number().int().nullable().default(0),
  tie_word_embeddings: z.boolean().default(true),
  use_bidirectional_attention: z.literal(false).nullish(),
}).superRefine(expectHeads);

type GemmaConfig = z.infer<typeof configuration>;

/** Gemma, as its config.json has it. */
export const gemma: CausalFamily = {
  type: "gemma",
  classifier: "GemmaForSequenceClassification",
  languageModel: "GemmaForCausalLM",
  read(json) {
    const config = configuration.parse(json);
    return { trunk: trunkOf(config), config, vocabulary: { tied: config.tie_word_embeddings } };
  },
};

/** From tokens to hidden states. */
function trunkOf(config: GemmaConfig): Trunk {
  const norm = rmsNormOf(config, { offset: 1 });
  return decoder({
    name: "gemma",
    config,
    norm,
    embeddingScale: Math.sqrt(config.hidden_size),
    attention: () => headsOf(config),
    block: preNormBlock({
      norm,
      attention: rotaryAttention(config, { bias: config.attention_bias }),
      mlp: gatedMlp(config, { gate: config.hidden_act, bias: false }),
    }),
  });
}
