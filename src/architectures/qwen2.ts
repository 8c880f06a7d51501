/**
 * Qwen2 and Qwen2.5 (arXiv 2407.10671), as `Qwen2ForSequenceClassification` and `Qwen2ForCausalLM`: a
 * Llama with biases on queries, keys and values only, whose last layers may have a window.
 *
 * @module
 */

import { z } from "zod";
import { activationNames } from "../layers/activation.ts";
import type { AttentionSpec } from "../layers/attention.ts";
import type { CausalFamily } from "./causal_family.ts";
import { decoder } from "./decoder.ts";
import { preNormBlock, rmsNormOf } from "./decoder_block.ts";
import {
  decoderFields,
  expectHeads,
  expectLayerTypes,
  headsOf,
  layerTypes,
  slidingWindow,
} from "./decoder_configuration.ts";
import { decoderSizes } from "./decoder_sizes.ts";
import { gatedMlp } from "./gated_mlp.ts";
import { rotaryAttention } from "./rotary_attention.ts";
import type { Trunk } from "./trunk.ts";

const size = z.number().int().positive();

/** Fields that Qwen3 has as well. */
export const qwenFields = {
  ...decoderFields,
  ...decoderSizes({
    vocab_size: 151_936,
    hidden_size: 4096,
    intermediate_size: 22_016,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    max_position_embeddings: 32_768,
  }),
  num_key_value_heads: size.nullable().default(32),
  hidden_act: z.enum(activationNames).default("silu"),
  use_sliding_window: z.boolean().default(false),
  sliding_window: size.nullable().default(4096),
  max_window_layers: z.number().int().nonnegative().default(28),
  layer_types: layerTypes,
};

const fields = z.object(qwenFields);

type QwenConfig = z.infer<typeof fields>;

const configuration = fields
  .superRefine(expectHeads).superRefine(expectLayerTypes).superRefine(expectWindows);

/** Qwen2, as its config.json has it. */
export const qwen2: CausalFamily = {
  type: "qwen2",
  classifier: "Qwen2ForSequenceClassification",
  languageModel: "Qwen2ForCausalLM",
  read(json) {
    const config = configuration.parse(json);
    return { trunk: trunkOf(config), config, vocabulary: { tied: config.tie_word_embeddings } };
  },
};

/** From tokens to hidden states. */
function trunkOf(config: QwenConfig): Trunk {
  const norm = rmsNormOf(config);
  return decoder({
    name: "qwen2",
    config,
    norm,
    attention: (layer) => windowedHeads(config, layer),
    block: preNormBlock({
      norm,
      attention: rotaryAttention(config, { bias: true, outputBias: false }),
      mlp: gatedMlp(config, { gate: config.hidden_act, bias: false }),
    }),
  });
}

/** How a layer attends: within the window from `max_window_layers` on, unless the file says of each. */
export function windowedHeads(config: QwenConfig, layer: number): AttentionSpec {
  const { layer_types, max_window_layers } = config;
  const late = layer >= max_window_layers ? "sliding_attention" : "full_attention";
  const type = layer_types?.[layer] ?? late;
  return {
    ...headsOf(config),
    ...(type === "sliding_attention" ? slidingWindow(windowOf(config)) : {}),
  };
}

/** The window, if there is one; transformers 4 wrote its length where it was not used. */
function windowOf({ use_sliding_window, sliding_window }: QwenConfig): number | null {
  return use_sliding_window ? sliding_window : null;
}

/** Refuses types of layers that ask for a window where there is none, as transformers does. */
export function expectWindows(config: QwenConfig, context: z.RefinementCtx): void {
  if (windowOf(config) !== null) return;
  if (!config.layer_types?.includes("sliding_attention")) return;
  const message = '"sliding_attention" needs "use_sliding_window" and "sliding_window"';
  context.addIssue({ code: "custom", path: ["layer_types"], message });
}
