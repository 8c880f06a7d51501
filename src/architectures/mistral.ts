/**
 * Mistral (arXiv 2310.06825), as `MistralForSequenceClassification` and `MistralForCausalLM`: a Llama
 * without biases in which each token sees the last `sliding_window` tokens, itself among them.
 *
 * @module
 */

import { z } from "zod";
import { activationNames } from "../layers/activation.ts";
import type { Architecture } from "./architecture.ts";
import { causalClassifier } from "./classifier.ts";
import { decoder } from "./decoder.ts";
import { preNormBlock, rmsNormOf } from "./decoder_block.ts";
import { decoderFields, expectHeads, headsOf, slidingWindow } from "./decoder_configuration.ts";
import { decoderSizes } from "./decoder_sizes.ts";
import { gatedMlp } from "./gated_mlp.ts";
import { type LanguageModel, languageModel } from "./language_model.ts";
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

/** A Mistral that scores. */
export function mistralForSequenceClassification(json: unknown): Architecture {
  const config = configuration.parse(json);
  return causalClassifier("MistralForSequenceClassification", trunkOf(config), config);
}

/** A Mistral that writes. */
export function mistralForCausalLM(json: unknown): LanguageModel {
  const config = configuration.parse(json);
  return languageModel("MistralForCausalLM", trunkOf(config), { tied: config.tie_word_embeddings });
}

/** What both have in common. */
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
