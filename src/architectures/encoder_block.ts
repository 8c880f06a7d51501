/**
 * Encoder block: a layer of BERT and its kin, with the norm behind each part (arXiv 1810.04805), under the
 * names that their checkpoints share.
 *
 * @module
 */

import { activation } from "../layers/activation.ts";
import type { AttentionSpec } from "../layers/attention.ts";
import type { Frame } from "../layers/frames/frame.ts";
import { linear } from "../layers/linear.ts";
import { layerNorm } from "../layers/norm.ts";
import type { Parameters } from "../layers/parameters.ts";
import { add } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { EncoderConfig } from "./encoder_configuration.ts";

/** One layer. */
export interface EncoderLayer {
  readonly at: Parameters;
  /** The rows that it computes, and how they attend. */
  readonly frame: Frame;
  readonly config: Pick<
    EncoderConfig,
    "hidden_size" | "intermediate_size" | "hidden_act" | "layer_norm_eps"
  >;
  readonly projections: ProjectionNames;
  readonly spec: AttentionSpec;
}

/** What checkpoints call the layers that make queries, keys and values. */
export type ProjectionNames = Readonly<Record<"queries" | "keys" | "values", string>>;

/** `norm(x + dense(attended))`, then `norm(x + mlp(x))`, at the frame's rows: `[rows, hidden]`. */
export function encoderBlock(x: Value, layer: EncoderLayer): Value {
  const { at, frame, config } = layer;
  const { hidden_size: hidden, intermediate_size: inner } = config;
  const dense = (x: Value, name: string, outputs: number) =>
    linear(x, at.at(`${name}.dense`), { inputs: Number(x.dim(1)), outputs, bias: true });
  const mixed = dense(selfAttention(x, layer), "attention.output", hidden);
  const middle = encoderNorm(add(frame.select(x), mixed), at.at("attention.output"), config);
  const wide = activation(config.hidden_act, dense(middle, "intermediate", inner));
  return encoderNorm(add(middle, dense(wide, "output", hidden)), at.at("output"), config);
}

/** What each row mixes of all tokens, `[rows, heads * width]`. */
function selfAttention(x: Value, { at, frame, config, projections, spec }: EncoderLayer): Value {
  const shape = { inputs: config.hidden_size, outputs: spec.heads * spec.width, bias: true };
  const project = (x: Value, which: keyof ProjectionNames) =>
    linear(x, at.at("attention.self").at(projections[which]), shape);
  return frame.attend({
    queries: project(frame.select(x), "queries"),
    keys: project(x, "keys"),
    values: project(x, "values"),
  }, spec);
}

/** The LayerNorm of a part. */
export function encoderNorm(
  x: Value,
  at: Parameters,
  { hidden_size: width, layer_norm_eps: epsilon }: Pick<
    EncoderConfig,
    "hidden_size" | "layer_norm_eps"
  >,
): Value {
  return layerNorm(x, at.at("LayerNorm"), { width, epsilon });
}
