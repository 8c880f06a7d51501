/**
 * Qwen3 (arXiv 2505.09388), as `Qwen3ForSequenceClassification` and `Qwen3ForCausalLM`: a Qwen2 that
 * norms each head of queries and keys before it turns, with heads of a width of their own.
 *
 * @module
 */

import { z } from "zod";
import type { CausalFamily } from "./causal_family.ts";
import { decoder } from "./decoder.ts";
import { preNormBlock, rmsNormOf } from "./decoder_block.ts";
import { expectHeads, expectLayerTypes } from "./decoder_configuration.ts";
import { gatedMlp } from "./gated_mlp.ts";
import { expectWindows, qwenFields, windowedHeads } from "./qwen2.ts";
import { rotaryAttention } from "./rotary_attention.ts";
import type { Trunk } from "./trunk.ts";

const configuration = z.object({
  ...qwenFields,
  head_dim: z.number().int().positive().default(128),
  attention_bias: z.boolean().default(false),
}).superRefine(expectHeads).superRefine(expectLayerTypes).superRefine(expectWindows);

type Qwen3Config = z.infer<typeof configuration>;

/** Qwen3, as its config.json has it. */
export const qwen3: CausalFamily = {
  type: "qwen3",
  classifier: "Qwen3ForSequenceClassification",
  languageModel: "Qwen3ForCausalLM",
  read(json) {
    const config = configuration.parse(json);
    return { trunk: trunkOf(config), config, vocabulary: { tied: config.tie_word_embeddings } };
  },
};

/** From tokens to hidden states. */
function trunkOf(config: Qwen3Config): Trunk {
  const norm = rmsNormOf(config);
  return decoder({
    name: "qwen3",
    config,
    norm,
    attention: (layer) => windowedHeads(config, layer),
    block: preNormBlock({
      norm,
      attention: rotaryAttention(config, {
        bias: config.attention_bias,
        headNorm: rmsNormOf(config, { width: config.head_dim }),
      }),
      mlp: gatedMlp(config, { gate: config.hidden_act, bias: false }),
    }),
  });
}
