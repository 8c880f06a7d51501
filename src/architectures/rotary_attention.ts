/**
 * Attention with rotary positions, as decoders after Llama's fashion have it.
 *
 * @module
 */

import { linear } from "../layers/linear.ts";
import { rotate } from "../layers/rotary.ts";
import { reshape } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { Norm, Part } from "./decoder_block.ts";
import type { DecoderConfig } from "./decoder_configuration.ts";

/** What families decide of {@linkcode rotaryAttention}. */
export interface RotaryAttention {
  /** Whether queries, keys and values have biases. */
  readonly bias: boolean;
  /** Whether the projection back has one. @default as the others */
  readonly outputBias?: boolean;
  /** A norm of each head of queries (`q_norm`) and keys (`k_norm`), before they turn. @default none */
  readonly headNorm?: Norm;
  /** The layer that holds queries, keys and values one behind the other. @default each has its own */
  readonly fused?: string;
}

/**
 * Attention with rotated queries and keys (arXiv 2104.09864): keys and values of every token, queries
 * of the rows.
 */
export function rotaryAttention(
  { hidden_size: hidden }: DecoderConfig,
  { bias, outputBias = bias, headNorm, fused }: RotaryAttention,
): Part {
  return (x, { at: layer, frame, spec, tables }) => {
    const at = layer.at("self_attn");
    const { heads, kvHeads, width } = spec;
    const [all, shared] = [heads * width, kvHeads * width];
    const project = (input: Value, name: "q" | "k" | "v") => {
      const start = { q: 0, k: all, v: all + shared }[name];
      const range = fused === undefined ? {} : { range: { of: all + 2 * shared, start } };
      const shape = { inputs: hidden, outputs: name === "q" ? all : shared, bias, ...range };
      return linear(input, at.at(fused ?? `${name}_proj`), shape);
    };
    const normed = (x: Value, name: "q" | "k") =>
      headNorm === undefined ? x : eachHead(x, width, (x) => headNorm(x, at.at(`${name}_norm`)));
    const queries = normed(project(frame.select(x), "q"), "q");
    const keys = normed(project(x, "k"), "k");
    const mixed = frame.attend({
      queries: rotate(queries, { tables, at: frame.rowTokens(), heads }),
      keys: rotate(keys, { tables, at: frame.keyTokens(), heads: kvHeads }),
      values: project(x, "v"),
    }, spec); // [rows, heads * width]
    return linear(mixed, at.at("o_proj"), { inputs: all, outputs: hidden, bias: outputBias });
  };
}

/** What `change` makes of each head of `[rows, heads * width]`, whose columns are the last axis it sees. */
function eachHead(x: Value, width: number, change: (heads: Value) => Value): Value {
  const [rows, columns] = [{ rest: `${x.dim(0)}` }, Number(x.dim(1))];
  const heads = change(reshape(x, [rows, columns / width, width]));
  return reshape(heads, [rows, columns]);
}
