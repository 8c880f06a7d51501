/**
 * Gemma 2 (arXiv 2408.00118), as `Gemma2ForSequenceClassification` and `Gemma2ForCausalLM`: attention with capped scores, in
 * every other layer within a window; a norm before and behind each part, whose weights are stored as what
 * they differ from 1 by; embeddings scaled by the root of their width.
 *
 * @module
 */

import { z } from "zod";
import { activationNames } from "../layers/activation.ts";
import type { AttentionSpec } from "../layers/attention.ts";
import type { CausalFamily } from "./causal_family.ts";
import { decoder } from "./decoder.ts";
import { rmsNormOf, sandwichBlock } from "./decoder_block.ts";
import {
  decoderFields,
  expectHeads,
  expectLayerTypes,
  headsOf,
  layerTypes,
  slidingWindow,
} from "./decoder_configuration.ts";
import { decoderSizes, expectWholeHeads } from "./decoder_sizes.ts";
import { gatedMlp } from "./gated_mlp.ts";
import { rotaryAttention } from "./rotary_attention.ts";
import type { Trunk } from "./trunk.ts";

const size = z.number().int().positive();
const cap = z.number().positive().nullable();

const configuration = z.object({
  ...decoderFields,
  ...decoderSizes({
    vocab_size: 256_000,
    hidden_size: 2304,
    intermediate_size: 9216,
    num_hidden_layers: 26,
    num_attention_heads: 8,
    max_position_embeddings: 8192,
  }),
  num_key_value_heads: size.default(4),
  head_dim: size.default(256),
  hidden_activation: z.enum(activationNames).default("gelu_pytorch_tanh"),
  attention_bias: z.boolean().default(false),
  pad_token_id: z.number().int().nullable().default(0),
  query_pre_attn_scalar: z.number().positive().default(256),
  attn_logit_softcapping: cap.default(50),
  final_logit_softcapping: cap.default(30),
  tie_word_embeddings: z.boolean().default(true),
  sliding_window: size.default(4096),
  layer_types: layerTypes,
  use_bidirectional_attention: z.literal(false).nullish(),
}).superRefine(expectWholeHeads).superRefine(expectHeads).superRefine(expectLayerTypes);

/** A Gemma 2's config.json, as far as the graph depends on it. */
type Gemma2Config = z.infer<typeof configuration>;

/** Gemma 2, as its config.json has it. */
export const gemma2: CausalFamily = {
  type: "gemma2",
  classifier: "Gemma2ForSequenceClassification",
  languageModel: "Gemma2ForCausalLM",
  read(json) {
    const config = configuration.parse(json);
    return {
      trunk: trunkOf(config),
      config,
      vocabulary: { tied: config.tie_word_embeddings, softcap: config.final_logit_softcapping },
    };
  },
};

/** From tokens to hidden states. */
function trunkOf(config: Gemma2Config): Trunk {
  const norm = rmsNormOf(config, { offset: 1 });
  return decoder({
    name: "gemma2",
    config,
    norm,
    embeddingScale: Math.sqrt(config.hidden_size),
    attention: (layer) => attentionOf(config, layer),
    block: sandwichBlock({
      norm,
      attention: rotaryAttention(config, { bias: config.attention_bias }),
      mlp: gatedMlp(config, { gate: config.hidden_activation, bias: false }),
    }),
  });
}

/** Windows in every other layer, the first among them, unless the file says otherwise (section 2). */
function attentionOf(config: Gemma2Config, layer: number): AttentionSpec {
  const { layer_types, sliding_window, attn_logit_softcapping: softcap } = config;
  const type = layer_types?.[layer] ?? (layer % 2 === 0 ? "sliding_attention" : "full_attention");
  return {
    ...headsOf(config),
    scale: 1 / Math.sqrt(config.query_pre_attn_scalar),
    ...(softcap === null ? {} : { softcap }),
    ...(type === "sliding_attention" ? slidingWindow(sliding_window) : {}),
  };
}
