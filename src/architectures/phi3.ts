/**
 * Phi-3 and Phi-4 (arXiv 2404.14219), as `Phi3ForSequenceClassification` and `Phi3ForCausalLM`: a Llama with
 * fused projections, longrope on a part of each head, and a window or none in every layer.
 *
 * @module
 */

import { z } from "zod";
import { activationNames } from "../layers/activation.ts";
import type { Rotary } from "../layers/rotary_frequencies.ts";
import type { CausalFamily } from "./causal_family.ts";
import { badConfiguration } from "./configuration.ts";
import { decoder } from "./decoder.ts";
import { preNormBlock, rmsNormOf } from "./decoder_block.ts";
import { decoderFields, expectHeads, headsOf, slidingWindow } from "./decoder_configuration.ts";
import { decoderSizes } from "./decoder_sizes.ts";
import { gatedMlp } from "./gated_mlp.ts";
import { rotaryAttention } from "./rotary_attention.ts";
import { rotaryOf } from "./rotary_configuration.ts";
import type { Trunk } from "./trunk.ts";

const size = z.number().int().positive();

const configuration = z.object({
  ...decoderFields,
  ...decoderSizes({
    vocab_size: 32_064,
    hidden_size: 3072,
    intermediate_size: 8192,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    max_position_embeddings: 4096,
  }),
  original_max_position_embeddings: size.default(4096),
  rms_norm_eps: z.number().positive().default(1e-5),
  hidden_act: z.enum(activationNames).default("silu"),
  sliding_window: size.nullish().transform((tokens) => tokens ?? null),
  pad_token_id: z.number().int().nullable().default(32_000),
}).superRefine(expectHeads);

type Phi3Config = z.infer<typeof configuration>;

/** Phi-3, as its config.json has it. */
export const phi3: CausalFamily = {
  type: "phi3",
  classifier: "Phi3ForSequenceClassification",
  languageModel: "Phi3ForCausalLM",
  read(json) {
    const config = configuration.parse(json);
    return { trunk: trunkOf(config), config, vocabulary: { tied: config.tie_word_embeddings } };
  },
};

/** From tokens to hidden states. */
function trunkOf(config: Phi3Config): Trunk {
  const norm = rmsNormOf(config);
  const rotary = phi3Rotary(config);
  return decoder({
    name: "phi3",
    config,
    norm,
    rotary: () => rotary,
    attention: () => ({ ...headsOf(config), ...slidingWindow(config.sliding_window) }),
    block: preNormBlock({
      norm,
      attention: rotaryAttention(config, { bias: false, fused: "qkv_proj" }),
      mlp: gatedMlp(config, { gate: config.hidden_act, bias: false, fused: "gate_up_proj" }),
    }),
  });
}

/** A part of each head turns; all of it where the file does not say. transformers knows no kind but longrope here. */
function phi3Rotary(config: Phi3Config): Rotary {
  const rotary = rotaryOf(config, { width: headsOf(config).width, part: 1 });
  const { kind } = rotary.scaling;
  if (kind === "default" || kind === "longrope") return rotary;
  throw badConfiguration(
    `Cannot scale the rotary embeddings of a Phi-3 as it takes longrope alone: received "${kind}"`,
  );
}
