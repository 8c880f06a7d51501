/**
 * GPT-2 with a classification head, as `GPT2ForSequenceClassification`: learned positions, LayerNorm
 * before each part, one fused projection for queries, keys and values.
 *
 * @module
 */

import { z } from "zod";
import { activation, activationNames } from "../layers/activation.ts";
import { embedding } from "../layers/embedding.ts";
import type { Frame, Heads, Projections } from "../layers/frame.ts";
import { conv1d, linear } from "../layers/linear.ts";
import { layerNorm } from "../layers/norm.ts";
import { type Packed, packed } from "../layers/packed.ts";
import { Parameters } from "../layers/parameters.ts";
import { Graph } from "../onnx/graph.ts";
import { add, gemm, slice } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { TensorLedger } from "../weights/checkpoint.ts";
import type { Architecture } from "./architecture.ts";
import { classifierFields, labelNames } from "./configuration.ts";

const configuration = z.object({
  ...classifierFields,
  vocab_size: z.number().int().positive(),
  n_embd: z.number().int().positive(),
  n_layer: z.number().int().positive(),
  n_head: z.number().int().positive(),
  n_positions: z.number().int().positive().default(1024),
  n_inner: z.number().int().positive().nullish(),
  activation_function: z.enum(activationNames).default("gelu_new"),
  layer_norm_epsilon: z.number().positive().default(1e-5),
  scale_attn_weights: z.boolean().default(true),
  scale_attn_by_inverse_layer_idx: z.boolean().default(false),
}).refine(({ n_embd, n_head }) => n_embd % n_head === 0, {
  path: ["n_head"],
  message: "the heads do not divide n_embd",
});

/** A GPT-2's config.json, as far as the graph depends on it. */
export type Gpt2Config = z.infer<typeof configuration>;

/** Reads config.json and gives the page its dimensions. */
export function gpt2ForSequenceClassification(json: unknown): Architecture {
  const config = configuration.parse(json);
  const labels = labelNames(config);
  return {
    name: "GPT2ForSequenceClassification",
    family: "gpt2",
    causal: true,
    sharesUpTo: Infinity,
    labels,
    dimensions: {
      hidden: config.n_embd,
      layers: config.n_layer,
      heads: config.n_head,
      vocabulary: config.vocab_size,
      context: config.n_positions,
      labels: labels.length,
    },
    build: (weights) => scoringGraph(config, labels.length, weights),
  };
}

/** Logits at the query rows and the credit rows of the last layer's attention. */
function scoringGraph(config: Gpt2Config, labels: number, weights: TensorLedger): Graph {
  // Causal masks that old checkpoints store beside the weights.
  weights.ignore(/^transformer\.h\.\d+\.attn\.(bias|masked_bias)$/, "a constant causal mask");
  const graph = new Graph("gpt2");
  const parameters = new Parameters(graph, weights, "float32");
  const batch = packed(graph);
  const rows = gpt2(batch, parameters.at("transformer"), {
    config,
    frames: { inner: batch.inner, last: batch.last },
    watch: (last, heads) => graph.output("credit", batch.creditRows(last, heads)),
  });
  const shape = { inputs: config.n_embd, outputs: labels, bias: false };
  graph.output("logits", linear(rows, parameters.at("score"), shape));
  return graph;
}

/** How a stack of blocks is made, laid out and observed. */
export interface Gpt2Layout {
  readonly config: Gpt2Config;
  /** The frame of every layer but the last, and that of the last one. */
  readonly frames: { readonly inner: Frame; readonly last: Frame };
  /** Called with the last layer's queries, keys and values. */
  readonly watch?: (last: Projections, heads: Heads) => void;
}

/** The trunk: hidden states after the final norm, at the last frame's rows, `[rows, hidden]`. */
export function gpt2(
  { ids, positions }: Pick<Packed, "ids" | "positions">,
  at: Parameters,
  layout: Gpt2Layout,
): Value {
  const { config } = layout;
  const { n_embd: width, vocab_size: count, n_layer: layers } = config;
  const words = embedding(ids, at.at("wte"), { count, width });
  let x = add(words, embedding(positions, at.at("wpe"), { count: config.n_positions, width }));
  for (let layer = 0; layer < layers; layer++) {
    const last = layer === layers - 1;
    x = block(x, at.at("h").at(layer), {
      config,
      frame: last ? layout.frames.last : layout.frames.inner,
      heads: headsOf(config, layer),
      watch: last ? layout.watch : undefined,
    });
  }
  return layerNorm(x, at.at("ln_f"), { width, epsilon: config.layer_norm_epsilon });
}

/** The same for one block. */
interface BlockLayout {
  readonly config: Gpt2Config;
  readonly frame: Frame;
  readonly heads: Heads;
  readonly watch: Gpt2Layout["watch"];
}

/** `x + attention(norm(x))`, then `x + mlp(norm(x))`, at the frame's rows. */
function block(x: Value, at: Parameters, layout: BlockLayout): Value {
  const { config } = layout;
  const norm = { width: config.n_embd, epsilon: config.layer_norm_epsilon };
  const attended = attention(layerNorm(x, at.at("ln_1"), norm), at.at("attn"), layout);
  const middle = add(layout.frame.select(x), attended);
  return add(middle, mlp(layerNorm(middle, at.at("ln_2"), norm), at.at("mlp"), config));
}

function attention(x: Value, at: Parameters, { frame, heads, watch }: BlockLayout): Value {
  const hidden = heads.heads * heads.width;
  const weight = at.at("c_attn").take("weight", [hidden, 3 * hidden]);
  const bias = at.at("c_attn").take("bias", [3 * hidden]);
  const third = (input: Value, part: number) =>
    gemm(input, columns(weight, part, hidden), { bias: columns(bias, part, hidden) });
  const projections = {
    queries: third(frame.select(x), 0),
    keys: third(x, 1),
    values: third(x, 2),
  };
  watch?.(projections, heads);
  const mixed = frame.attend(projections, heads); // [rows, hidden]
  return conv1d(mixed, at.at("c_proj"), { inputs: hidden, outputs: hidden, bias: true });
}

/** One of the parts that stand side by side in a fused projection. */
function columns(fused: Value, part: number, width: number): Value {
  return slice(fused, { axis: -1, start: part * width, end: (part + 1) * width });
}

function mlp(x: Value, at: Parameters, config: Gpt2Config): Value {
  const hidden = config.n_embd;
  const inner = config.n_inner ?? 4 * hidden;
  const wide = conv1d(x, at.at("c_fc"), { inputs: hidden, outputs: inner, bias: true });
  const active = activation(config.activation_function, wide); // [rows, inner]
  return conv1d(active, at.at("c_proj"), { inputs: inner, outputs: hidden, bias: true });
}

function headsOf(config: Gpt2Config, layer: number): Heads {
  const heads = config.n_head;
  const width = config.n_embd / heads;
  const scale = config.scale_attn_weights ? 1 / Math.sqrt(width) : 1;
  const divisor = config.scale_attn_by_inverse_layer_idx ? layer + 1 : 1;
  return { heads, groups: heads, width, scale: scale / divisor };
}
