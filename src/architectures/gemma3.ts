/**
 * Gemma 3 for text (arXiv 2503.19786), as `Gemma3TextForSequenceClassification` and `Gemma3ForCausalLM`: a
 * Gemma 2 without caps that norms each head before it turns, and turns heads by other angles in layers with
 * a window than in those without.
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
import { rotaryOf } from "./rotary_configuration.ts";
import type { LayerType } from "./rotary_settings.ts";
import type { Trunk } from "./trunk.ts";

const size = z.number().int().positive();

const configuration = z.object({
  ...decoderFields,
  ...decoderSizes({
    vocab_size: 262_208,
    hidden_size: 2304,
    intermediate_size: 9216,
    num_hidden_layers: 26,
    num_attention_heads: 8,
    max_position_embeddings: 131_072,
  }),
  num_key_value_heads: size.default(4),
  head_dim: size.default(256),
  hidden_activation: z.enum(activationNames).default("gelu_pytorch_tanh"),
  attention_bias: z.boolean().default(false),
  pad_token_id: z.number().int().nullable().default(0),
  tie_word_embeddings: z.boolean().default(true),
  query_pre_attn_scalar: z.number().positive().default(256),
  final_logit_softcapping: z.number().positive().nullish(),
  sliding_window: size.default(4096),
  sliding_window_pattern: size.default(6),
  layer_types: layerTypes,
  use_bidirectional_attention: z.literal(false).nullish(),
}).superRefine(expectWholeHeads).superRefine(expectHeads).superRefine(expectLayerTypes);

type Gemma3Config = z.infer<typeof configuration>;

/** Gemma 3 for text, as its config.json has it. */
export const gemma3: CausalFamily = {
  type: "gemma3_text",
  classifier: "Gemma3TextForSequenceClassification",
  languageModel: "Gemma3ForCausalLM",
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
function trunkOf(config: Gemma3Config): Trunk {
  const norm = rmsNormOf(config, { offset: 1 });
  const { head_dim: width } = config;
  // A scaling that stands outside of rope_parameters is that of the layers without a window alone.
  const near = { ...config, rope_scaling: null };
  const angles = {
    sliding_attention: rotaryOf(near, { width, base: 10_000, layers: "sliding_attention" }),
    full_attention: rotaryOf(config, { width, base: 1_000_000, layers: "full_attention" }),
  };
  return decoder({
    name: "gemma3_text",
    config,
    norm,
    embeddingScale: Math.sqrt(config.hidden_size),
    rotary: (layer) => angles[typeOf(config, layer)],
    attention: (layer) => attentionOf(config, layer),
    block: sandwichBlock({
      norm,
      attention: rotaryAttention(config, {
        bias: config.attention_bias,
        headNorm: rmsNormOf(config, { width, offset: 1 }),
      }),
      mlp: gatedMlp(config, { gate: config.hidden_activation, bias: false }),
    }),
  });
}

/** Every sixth layer sees everything, unless the file says otherwise (section 2). */
function typeOf({ layer_types, sliding_window_pattern }: Gemma3Config, layer: number): LayerType {
  const last = (layer + 1) % sliding_window_pattern === 0;
  return layer_types?.[layer] ?? (last ? "full_attention" : "sliding_attention");
}

function attentionOf(config: Gemma3Config, layer: number): AttentionSpec {
  const windowed = typeOf(config, layer) === "sliding_attention";
  return {
    ...headsOf(config),
    scale: 1 / Math.sqrt(config.query_pre_attn_scalar),
    ...(windowed ? slidingWindow(config.sliding_window) : {}),
  };
}
