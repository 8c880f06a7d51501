/**
 * Encoder block: a layer of BERT and its kin, with the norm behind each part (arXiv 1810.04805), under the
 * names that their checkpoints share. A family brings its attention.
 *
 * @module
 */

import { activation, type ActivationName } from "../layers/activation.ts";
import type { Frame } from "../layers/frames/frame.ts";
import { linear } from "../layers/linear.ts";
import { layerNorm } from "../layers/norm.ts";
import type { Parameters } from "../layers/parameters.ts";
import { add } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";

/** What encoders of this kind say of their layers in config.json. */
export interface EncoderConfig {
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly hidden_act: ActivationName;
  readonly layer_norm_eps: number;
}

/** One layer. */
export interface EncoderLayer {
  readonly at: Parameters;
  /** The rows that it computes, and how they attend. */
  readonly frame: Frame;
  readonly config: EncoderConfig;
}

/**
 * `norm(x + dense(attended))`, then `norm(x + mlp(x))`, at the frame's rows.
 *
 * @param attended what attention has mixed for each row, `[rows, columns]`
 */
export function encoderBlock(
  x: Value,
  attended: Value,
  { at, frame, config }: EncoderLayer,
): Value {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  const dense = (x: Value, name: string, outputs: number) =>
    linear(x, at.at(`${name}.dense`), { inputs: Number(x.dim(1)), outputs, bias: true });
  const mixed = dense(attended, "attention.output", hidden);
  const middle = encoderNorm(add(frame.select(x), mixed), at.at("attention.output"), config);
  const wide = activation(config.hidden_act, dense(middle, "intermediate", inner));
  return encoderNorm(add(middle, dense(wide, "output", hidden)), at.at("output"), config);
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
