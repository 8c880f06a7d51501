/**
 * Mistral (arXiv 2310.06825), as `MistralForSequenceClassification` and `MistralForCausalLM`: a Llama
 * without biases in which each token sees the last `sliding_window` tokens, itself among them.
 *
 * @module
 */

import { z } from "zod";
import { activationNames } from "../layers/activation.ts";
import type { CausalFamily } from "./causal_family.ts";
import { decoder } from "./decoder.ts";
import { preNormBlock, rmsNormOf } from "./decoder_block.ts";
import { decoderFields, expectHeads, headsOf, slidingWindow } from "./decoder_configuration.ts";
import { decoderSizes } from "./decoder_sizes.ts";
import { gatedMlp } from "./gated_mlp.ts";
import { rotaryAttention } from "./rotary_attention.ts";
import type { Trunk } from "./trunk.ts";

const size = z.number().int().positive();

const configuration = z.object({
  ...decoderFields,
  ...decoderSizes({
    vocab_size: 32_000,
    hidden_size: 4096,
    intermediate_size: 14_336,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    max_position_embeddings: 131_072,
  }),
  num_key_value_heads: size.default(8),
  hidden_act: z.enum(activationNames).default("silu"),
  sliding_window: size.nullable().default(4096),
  // transformers reads windows by layer in another family, Ministral.
  layer_types: z.undefined({ error: "kinds of layers are not supported" }).optional(),
}).superRefine(expectHeads);

type MistralConfig = z.infer<typeof configuration>;

/** Mistral, as its config.json has it. */
export const mistral: CausalFamily = {
  type: "mistral",
  classifier: "MistralForSequenceClassification",
  languageModel: "MistralForCausalLM",
  read(json) {
    const config = configuration.parse(json);
    return { trunk: trunkOf(config), config, vocabulary: { tied: config.tie_word_embeddings } };
  },
};

/** From tokens to hidden states. */
function trunkOf(config: MistralConfig): Trunk {
  const norm = rmsNormOf(config);
  return decoder({
    name: "mistral",
    config,
    norm,
    attention: () => ({ ...headsOf(config), ...slidingWindow(config.sliding_window) }),
    block: preNormBlock({
      norm,
      attention: rotaryAttention(config, { bias: false }),
      mlp: gatedMlp(config, { gate: config.hidden_act, bias: false }),
    }),
  });
}
