/**
 * GPT-2, as `GPT2ForSequenceClassification` and `GPT2LMHeadModel`: learned positions, LayerNorm
 * before each part, one fused projection for queries, keys and values.
 *
 * @module
 */

import { z } from "zod";
import { activationNames } from "../layers/activation.ts";
import { embedding } from "../layers/embedding.ts";
import type { AttentionSpec } from "../layers/attention.ts";
import type { Frame } from "../layers/frames/frame.ts";
import { linear, type LinearShape } from "../layers/linear.ts";
import { layerNorm } from "../layers/norm.ts";
import type { Parameters } from "../layers/parameters.ts";
import { add } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { CausalFamily } from "./causal_family.ts";
import { classifierFields } from "./configuration.ts";
import { plainMlp } from "./plain_mlp.ts";
import type { Layout, TokenInputs, Trunk } from "./trunk.ts";

const configuration = z.object({
  ...classifierFields,
  vocab_size: z.number().int().positive().default(50_257),
  n_embd: z.number().int().positive().default(768),
  n_layer: z.number().int().positive().default(12),
  n_head: z.number().int().positive().default(12),
  n_positions: z.number().int().positive().default(1024),
  n_inner: z.number().int().positive().nullish(),
  activation_function: z.enum(activationNames).default("gelu_new"),
  layer_norm_epsilon: z.number().positive().default(1e-5),
  tie_word_embeddings: z.boolean().default(true),
  scale_attn_weights: z.boolean().default(true),
  scale_attn_by_inverse_layer_idx: z.boolean().default(false),
}).refine(({ n_embd, n_head }) => n_embd % n_head === 0, {
  path: ["n_head"],
  message: "the heads do not divide n_embd",
});

/** A GPT-2's config.json, as far as the graph depends on it. */
export type Gpt2Config = z.infer<typeof configuration>;

/** GPT-2, as its config.json has it. */
export const gpt2: CausalFamily = {
  type: "gpt2",
  classifier: "GPT2ForSequenceClassification",
  languageModel: "GPT2LMHeadModel",
  read(json) {
    const config = configuration.parse(json);
    return { trunk: trunkOf(config), config, vocabulary: { tied: config.tie_word_embeddings } };
  },
};

/** From tokens to hidden states, under the names that GPT-2's checkpoints give it. */
function trunkOf(config: Gpt2Config): Trunk {
  return {
    family: "gpt2",
    prefix: "transformer",
    embeddings: "wte",
    sharesUpTo: Infinity,
    dimensions: {
      hidden: config.n_embd,
      layers: config.n_layer,
      heads: config.n_head,
      vocabulary: config.vocab_size,
      context: config.n_positions,
    },
    attention: (layer) => headsOf(config, layer),
    derived: [{
      pattern: /^transformer\.h\.\d+\.attn\.(bias|masked_bias)$/,
      reason: "a constant causal mask",
    }],
    hidden: (tokens, at, layout) => hiddenStates(tokens, at, { config, ...layout }),
  };
}

/** A stack of blocks with its configuration. */
interface Stack extends Layout {
  readonly config: Gpt2Config;
}

/** Embeddings, blocks and the final norm: `[rows, hidden]`. */
function hiddenStates({ ids, positions }: TokenInputs, at: Parameters, stack: Stack): Value {
  const { config } = stack;
  const { n_embd: width, vocab_size: count, n_layer: layers } = config;
  const stored = embedding(ids, at.at("wte"), { count, width }); // [tokens, hidden]
  const words = stack.embedded?.(stored) ?? stored;
  let x = add(words, embedding(positions, at.at("wpe"), { count: config.n_positions, width }));
  for (let layer = 0; layer < layers; layer++) {
    x = block(x, at.at("h").at(layer), {
      config,
      frame: stack.frame(layer),
      heads: headsOf(config, layer),
    });
  }
  return layerNorm(x, at.at("ln_f"), { width, epsilon: config.layer_norm_epsilon });
}

/** The same for one block. */
interface BlockLayout {
  readonly config: Gpt2Config;
  /** The rows that this block computes, and how they attend. */
  readonly frame: Frame;
  readonly heads: AttentionSpec;
}

/** `x + attention(norm(x))`, then `x + mlp(norm(x))`, at the frame's rows. */
function block(x: Value, at: Parameters, layout: BlockLayout): Value {
  const { config } = layout;
  const norm = { width: config.n_embd, epsilon: config.layer_norm_epsilon };
  const attended = attention(layerNorm(x, at.at("ln_1"), norm), at.at("attn"), layout);
  const middle = add(layout.frame.select(x), attended);
  const fed = plainMlp(layerNorm(middle, at.at("ln_2"), norm), at.at("mlp"), {
    up: "c_fc",
    down: "c_proj",
    hidden: config.n_embd,
    inner: config.n_inner ?? 4 * config.n_embd,
    act: config.activation_function,
    layout: "in-out",
  });
  return add(middle, fed);
}

function attention(x: Value, at: Parameters, { frame, heads }: BlockLayout): Value {
  const hidden = heads.heads * heads.width;
  const third = (input: Value, part: number) =>
    conv1d(input, at.at("c_attn"), {
      inputs: hidden,
      outputs: hidden,
      range: { of: 3 * hidden, start: part * hidden },
    });
  const projections = {
    queries: third(frame.select(x), 0),
    keys: third(x, 1),
    values: third(x, 2),
  };
  const mixed = frame.attend(projections, heads); // [rows, hidden]
  return conv1d(mixed, at.at("c_proj"), { inputs: hidden, outputs: hidden });
}

/** A linear layer with a bias whose weight is stored `[inputs, outputs]`, as all of GPT-2's are. */
function conv1d(x: Value, at: Parameters, shape: Omit<LinearShape, "bias" | "layout">): Value {
  return linear(x, at, { ...shape, bias: true, layout: "in-out" });
}

function headsOf(config: Gpt2Config, layer: number): AttentionSpec {
  const heads = config.n_head;
  const width = config.n_embd / heads;
  const scale = config.scale_attn_weights ? 1 / Math.sqrt(width) : 1;
  const divisor = config.scale_attn_by_inverse_layer_idx ? layer + 1 : 1;
  return { heads, kvHeads: heads, width, scale: scale / divisor };
}
