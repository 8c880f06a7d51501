/**
 * Encoder block: a layer of BERT and its kin, with the norm behind each part (arXiv 1810.04805). What its
 * parts are called is the family's to say; most say what BERT says.
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
  readonly config: Pick<EncoderConfig, "intermediate_size" | "hidden_act" | "layer_norm_eps">;
  readonly names: BlockNames;
  readonly spec: AttentionSpec;
}

/** What checkpoints call the parts of a layer. */
export interface BlockNames {
  readonly queries: string;
  readonly keys: string;
  readonly values: string;
  /** The linear layer behind attention, and the norm behind that. */
  readonly attended: string;
  readonly attentionNorm: string;
  /** The linear layer into the wider MLP, and that out of it. */
  readonly widened: string;
  readonly narrowed: string;
  readonly outputNorm: string;
}

/** BERT's own names, which its nearest kin kept. */
export const bertBlock: BlockNames = {
  queries: "attention.self.query",
  keys: "attention.self.key",
  values: "attention.self.value",
  attended: "attention.output.dense",
  attentionNorm: "attention.output.LayerNorm",
  widened: "intermediate.dense",
  narrowed: "output.dense",
  outputNorm: "output.LayerNorm",
};

/** `norm(x + dense(attended))`, then `norm(x + mlp(x))`, at the frame's rows: `[rows, hidden]`. */
export function encoderBlock(x: Value, layer: EncoderLayer): Value {
  const { at, frame, config, names, spec } = layer;
  const project = (x: Value, name: string, outputs: number) =>
    linear(x, at.at(name), { inputs: Number(x.dim(1)), outputs, bias: true });
  const [hidden, heads] = [Number(x.dim(1)), spec.heads * spec.width];
  const mixed = frame.attend({
    queries: project(frame.select(x), names.queries, heads),
    keys: project(x, names.keys, heads),
    values: project(x, names.values, heads),
  }, spec); // [rows, heads * width]
  const attended = add(frame.select(x), project(mixed, names.attended, hidden));
  const middle = encoderNorm(attended, at.at(names.attentionNorm), config);
  const wide = activation(
    config.hidden_act,
    project(middle, names.widened, config.intermediate_size),
  );
  const output = add(middle, project(wide, names.narrowed, hidden));
  return encoderNorm(output, at.at(names.outputNorm), config);
}

/** LayerNorm over all columns, with its weights at `at`. */
export function encoderNorm(
  x: Value,
  at: Parameters,
  { layer_norm_eps: epsilon }: Pick<EncoderConfig, "layer_norm_eps">,
): Value {
  return layerNorm(x, at, { width: Number(x.dim(1)), epsilon });
}
