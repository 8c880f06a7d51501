/**
 * Llama (arXiv 2302.13971), as `LlamaForSequenceClassification` and `LlamaForCausalLM`: grouped
 * queries, rotary positions, gated MLP, RMSNorm before each part.
 *
 * @module
 */

import { z } from "zod";
import { activationNames } from "../layers/activation.ts";
import type { Architecture } from "./architecture.ts";
import { causalClassifier } from "./classifier.ts";
import { decoder } from "./decoder.ts";
import { preNormBlock, rmsNormOf } from "./decoder_block.ts";
import { decoderFields, expectHeads, headsOf } from "./decoder_configuration.ts";
import { decoderSizes, expectWholeHeads } from "./decoder_sizes.ts";
import { gatedMlp } from "./gated_mlp.ts";
import { type LanguageModel, languageModel } from "./language_model.ts";
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

/** A Llama that scores. */
export function llamaForSequenceClassification(json: unknown): Architecture {
  const config = configuration.parse(json);
  return causalClassifier("LlamaForSequenceClassification", trunkOf(config), config);
}

/** A Llama that writes. */
export function llamaForCausalLM(json: unknown): LanguageModel {
  const config = configuration.parse(json);
  return languageModel("LlamaForCausalLM", trunkOf(config), { tied: config.tie_word_embeddings });
}

/** What both have in common. */
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
