/**
 * Llama (arXiv 2302.13971), as `LlamaForSequenceClassification` and `LlamaForCausalLM`: grouped
 * queries, rotary positions, gated MLP, RMSNorm before each part.
 *
 * @module
 */

import { z } from "zod";
import { activationNames } from "../layers/activation.ts";
import type { CausalFamily } from "./causal_family.ts";
import { decoder } from "./decoder.ts";
import { preNormBlock, rmsNormOf } from "./decoder_block.ts";
import { decoderFields, expectHeads, headsOf } from "./decoder_configuration.ts";
import { decoderSizes, expectWholeHeads } from "./decoder_sizes.ts";
import { gatedMlp } from "./gated_mlp.ts";
import { rotaryAttention } from "./rotary_attention.ts";
import type { Trunk } from "./trunk.ts";

const configuration = z.object({
  ...decoderFields,
  ...decoderSizes({
    vocab_size: 32_000,
    hidden_size: 4096,
    intermediate_size: 11_008,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    max_position_embeddings: 2048,
  }),
  hidden_act: z.enum(activationNames).default("silu"),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
}).superRefine(expectWholeHeads).superRefine(expectHeads);

/** A Llama's config.json, as far as the graph depends on it. */
export type LlamaConfig = z.infer<typeof configuration>;

/** Llama, as its config.json has it. */
export const llama: CausalFamily = {
  type: "llama",
  classifier: "LlamaForSequenceClassification",
  languageModel: "LlamaForCausalLM",
  read(json) {
    const config = configuration.parse(json);
    return { trunk: trunkOf(config), config, vocabulary: { tied: config.tie_word_embeddings } };
  },
};

/** From tokens to hidden states. */
function trunkOf(config: LlamaConfig): Trunk {
  const norm = rmsNormOf(config);
  return decoder({
    name: "llama",
    config,
    norm,
    attention: () => headsOf(config),
    block: preNormBlock({
      norm,
      attention: rotaryAttention(config, { bias: config.attention_bias }),
      mlp: gatedMlp(config, { gate: config.hidden_act, bias: config.mlp_bias }),
    }),
  });
}
