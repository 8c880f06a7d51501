/**
 * Gemma 2 (arXiv 2408.00118), as `Gemma2ForSequenceClassification`: attention with capped scores, in
 * every other layer within a window; a norm before and behind each part, whose weights are stored as what
 * they differ from 1 by; embeddings scaled by the root of their width.
 *
 * @module
 */

import { z } from "zod";
import { activationNames } from "../layers/activation.ts";
import type { AttentionSpec } from "../layers/attention.ts";
import { add } from "../onnx/ops.ts";
import type { Architecture } from "./architecture.ts";
import { causalClassifier } from "./classifier.ts";
import { decoder } from "./decoder.ts";
import {
  type Block,
  gatedMlp,
  type Norm,
  type Part,
  rmsNormOf,
  rotaryAttention,
} from "./decoder_block.ts";
import { decoderFields, expectHeads, headsOf, slidingWindow } from "./decoder_configuration.ts";
import type { Trunk } from "./trunk.ts";

const size = z.number().int().positive();
const cap = z.number().positive().nullable();

const configuration = z.object({
  ...decoderFields,
  num_key_value_heads: size.default(4),
  head_dim: size.default(256),
  max_position_embeddings: size.default(8192),
  hidden_activation: z.enum(activationNames).default("gelu_pytorch_tanh"),
  attention_bias: z.boolean().default(false),
  pad_token_id: z.number().int().nullable().default(0),
  query_pre_attn_scalar: z.number().positive().default(256),
  attn_logit_softcapping: cap.default(50),
  sliding_window: size.default(4096),
  layer_types: z.array(z.enum(["sliding_attention", "full_attention"])).nullish(),
  use_bidirectional_attention: z.literal(false).nullish(),
}).superRefine(expectHeads).superRefine(({ layer_types, num_hidden_layers: layers }, context) => {
  const count = layer_types?.length ?? layers;
  const message = `${layers} layers need as many types: received ${count}`;
  if (count !== layers) context.addIssue({ code: "custom", path: ["layer_types"], message });
});

type Gemma2Config = z.infer<typeof configuration>;

/** A Gemma 2 that scores. */
export function gemma2ForSequenceClassification(json: unknown): Architecture {
  const config = configuration.parse(json);
  return causalClassifier("Gemma2ForSequenceClassification", trunkOf(config), config);
}

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

/** `x + norm(attention(norm(x)))`, then `x + norm(mlp(norm(x)))`, at the frame's rows. */
function sandwichBlock(
  { norm, attention, mlp }: { norm: Norm; attention: Part; mlp: Part },
): Block {
  return (x, layer) => {
    const at = (name: string) => layer.at.at(name);
    const attended = attention(norm(x, at("input_layernorm")), layer);
    const middle = add(layer.frame.select(x), norm(attended, at("post_attention_layernorm")));
    const fed = mlp(norm(middle, at("pre_feedforward_layernorm")), layer);
    return add(middle, norm(fed, at("post_feedforward_layernorm")));
  };
}
