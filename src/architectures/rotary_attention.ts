/**
 * Attention with rotary positions, as decoders after Llama's fashion have it.
 *
 * @module
 */

import type { AttentionSpec } from "../layers/attention.ts";
import { linear, type OutputRange } from "../layers/linear.ts";
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
  /** Whether it holds them key by key: the queries that share a key, the key, its value. @default false */
  readonly byKey?: boolean;
  /** What the part itself and the projection back are called. @default as Llama calls them */
  readonly names?: { readonly part: string; readonly back: string };
}

const usualNames = { part: "self_attn", back: "o_proj" };

/**
 * Attention with rotated queries and keys (arXiv 2104.09864): keys and values of every token, queries
 * of the rows.
 */
export function rotaryAttention(
  { hidden_size: hidden }: DecoderConfig,
  { bias, outputBias = bias, headNorm, fused, byKey = false, names = usualNames }: RotaryAttention,
): Part {
  return (x, { at: layer, frame, spec, tables }) => {
    const at = layer.at(names.part);
    const { heads, kvHeads, width } = spec;
    const [all, shared] = [heads * width, kvHeads * width];
    const project = (input: Value, name: "q" | "k" | "v") => {
      const range = fused === undefined ? {} : { range: fusedRange(name, spec, byKey) };
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
    return linear(mixed, at.at(names.back), { inputs: all, outputs: hidden, bias: outputBias });
  };
}

/** Where queries, keys or values lie in a layer that holds all of them. */
function fusedRange(
  name: "q" | "k" | "v",
  { heads, kvHeads, width }: AttentionSpec,
  byKey: boolean,
): OutputRange {
  const of = (heads + 2 * kvHeads) * width;
  const groups = byKey ? kvHeads : 1;
  const [queries, keys] = [heads * width / groups, kvHeads * width / groups];
  return { of, start: { q: 0, k: queries, v: queries + keys }[name], every: of / groups };
}

/** What `change` makes of each head of `[rows, heads * width]`, whose columns are the last axis it sees. */
function eachHead(x: Value, width: number, change: (heads: Value) => Value): Value {
  const [rows, columns] = [{ rest: `${x.dim(0)}` }, Number(x.dim(1))];
  const heads = change(reshape(x, [rows, columns / width, width]));
  return reshape(heads, [rows, columns]);
}
