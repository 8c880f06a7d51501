/**
 * Decoder blocks: what the layers of a decoder are made of. A family puts its block together of these parts,
 * or of its own; each finds its weights under the names that checkpoints of these families share.
 *
 * @module
 */

import { activation, type ActivationName } from "../layers/activation.ts";
import type { AttentionSpec } from "../layers/attention.ts";
import type { Frame } from "../layers/frames/frame.ts";
import { linear } from "../layers/linear.ts";
import { rmsNorm } from "../layers/norm.ts";
import type { Parameters } from "../layers/parameters.ts";
import { type RotaryTables, rotate } from "../layers/rotary.ts";
import { add, mul } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { DecoderConfig } from "./decoder_configuration.ts";

/** One layer, as its block sees it. */
export interface DecoderLayer {
  /** Its weights. */
  readonly at: Parameters;
  /** The rows that it computes, and how they attend. */
  readonly frame: Frame;
  readonly spec: AttentionSpec;
  /** Cosines and sines of every token's angles. */
  readonly tables: RotaryTables;
}

/** A layer's output at the frame's rows, `[rows, hidden]`, from the states of all tokens, `[tokens, hidden]`. */
export type Block = (x: Value, layer: DecoderLayer) => Value;

/** A part of a block: attention, from all tokens to rows, or what acts on each row by itself. */
export type Part = (x: Value, layer: DecoderLayer) => Value;

/** A normalisation over the last axis, with its weights at `at`. */
export type Norm = (x: Value, at: Parameters) => Value;

/** RMSNorm (arXiv 1910.07467), with an offset where weights are stored as what they differ from it by. */
export function rmsNormOf(
  { hidden_size: width, rms_norm_eps: epsilon }: DecoderConfig,
  { offset = 0 }: { offset?: number } = {},
): Norm {
  return (x, at) => rmsNorm(x, at, { width, epsilon, offset });
}

/** `x + attention(norm(x))`, then `x + mlp(norm(x))`, at the frame's rows. */
export function preNormBlock(
  { norm, attention, mlp }: { norm: Norm; attention: Part; mlp: Part },
): Block {
  return (x, layer) => {
    const attended = attention(norm(x, layer.at.at("input_layernorm")), layer);
    const middle = add(layer.frame.select(x), attended);
    return add(middle, mlp(norm(middle, layer.at.at("post_attention_layernorm")), layer));
  };
}

/**
 * Attention with rotated queries and keys (arXiv 2104.09864): keys and values of every token, queries
 * of the rows.
 */
export function rotaryAttention(
  { hidden_size: hidden }: DecoderConfig,
  { bias }: { bias: boolean },
): Part {
  return (x, { at: layer, frame, spec, tables }) => {
    const at = layer.at("self_attn");
    const [all, shared] = [spec.heads * spec.width, spec.kvHeads * spec.width];
    const project = (input: Value, name: string, outputs: number) =>
      linear(input, at.at(name), { inputs: hidden, outputs, bias });
    const queries = project(frame.select(x), "q_proj", all);
    const keys = project(x, "k_proj", shared);
    const mixed = frame.attend({
      queries: rotate(queries, { tables, at: frame.rowTokens(), heads: spec.heads }),
      keys: rotate(keys, { tables, at: frame.keyTokens(), heads: spec.kvHeads }),
      values: project(x, "v_proj", shared),
    }, spec); // [rows, heads * width]
    return linear(mixed, at.at("o_proj"), { inputs: all, outputs: hidden, bias });
  };
}

/** `down(act(gate(x)) * up(x))` (arXiv 2002.05202, equation 6). */
export function gatedMlp(
  { hidden_size: hidden, intermediate_size: inner }: DecoderConfig,
  { gate, bias }: { gate: ActivationName; bias: boolean },
): Part {
  return (x, layer) => {
    const at = layer.at.at("mlp");
    const wide = { inputs: hidden, outputs: inner, bias };
    const open = activation(gate, linear(x, at.at("gate_proj"), wide));
    const gated = mul(open, linear(x, at.at("up_proj"), wide)); // [rows, inner]
    return linear(gated, at.at("down_proj"), { inputs: inner, outputs: hidden, bias });
  };
}
