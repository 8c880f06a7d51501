/**
 * Decoder blocks: what the layers of a decoder are made of. A family puts its block together of parts
 * (`rotary_attention.ts`, `gated_mlp.ts`), or of its own; each finds its weights under the names that
 * checkpoints of these families share.
 *
 * @module
 */

import type { AttentionSpec } from "../layers/attention.ts";
import type { Frame } from "../layers/frames/frame.ts";
import { rmsNorm } from "../layers/norm.ts";
import type { Parameters } from "../layers/parameters.ts";
import type { RotaryTables } from "../layers/rotary.ts";
import { add } from "../onnx/ops.ts";
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

/**
 * RMSNorm (arXiv 1910.07467) over states, or over `width` columns; with an offset where weights are stored
 * as what they differ from it by.
 */
export function rmsNormOf(
  { hidden_size, rms_norm_eps: epsilon }: Pick<DecoderConfig, "hidden_size" | "rms_norm_eps">,
  { width = hidden_size, offset = 0 }: { width?: number; offset?: number } = {},
): Norm {
  return (x, at) => rmsNorm(x, at, { width, epsilon, offset });
}

/** What a block with a norm before each part is made of. */
export interface PreNormBlock {
  readonly norm: Norm;
  readonly attention: Part;
  readonly mlp: Part;
  /** What the norms before attention and MLP are called. @default as Llama calls them */
  readonly names?: { readonly attention: string; readonly mlp: string };
}

/** `x + attention(norm(x))`, then `x + mlp(norm(x))`, at the frame's rows. */
export function preNormBlock({ norm, attention, mlp, names = usualNorms }: PreNormBlock): Block {
  return (x, layer) => {
    const attended = attention(norm(x, layer.at.at(names.attention)), layer);
    const middle = add(layer.frame.select(x), attended);
    return add(middle, mlp(norm(middle, layer.at.at(names.mlp)), layer));
  };
}

const usualNorms = { attention: "input_layernorm", mlp: "post_attention_layernorm" };

/** `x + norm(attention(norm(x)))`, then `x + norm(mlp(norm(x)))`, at the frame's rows. */
export function sandwichBlock(
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
