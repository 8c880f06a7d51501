/**
 * Frame: which rows a layer computes, and what each of them may attend to.
 *
 * A block is written once against a frame. The serving frames (`tree.ts`) pack a batch without padding, share
 * prefixes and narrow the last layer to the rows that are asked for; another frame may lay the same
 * block out otherwise.
 *
 * @module
 */

import type { Value } from "../../onnx/value.ts";

/** Extents of attention. Queries hold `heads * width` columns, keys and values `kvHeads * width`. */
export interface AttentionSpec {
  readonly heads: number;
  /** Key and value heads, each shared by `heads / kvHeads` query heads (arXiv 2305.13245). */
  readonly kvHeads: number;
  readonly width: number;
  /** What scores are multiplied with before the softmax; `1 / sqrt(width)` as a rule. */
  readonly scale: number;
}

/** Queries `[rows, heads * width]`, keys and values `[tokens, kvHeads * width]`. */
export interface Projections {
  readonly queries: Value;
  readonly keys: Value;
  readonly values: Value;
}

/** The rows of one layer. */
export interface Frame {
  /** Of something held per token, the rows that this layer's output is wanted at. */
  select(perToken: Value): Value;
  /** Softmax attention of every row; `[rows, heads * width]`. */
  attend(projections: Projections, heads: AttentionSpec): Value;
  /** The token of each row and of each key, `[1, rows]` and `[1, tokens]`, to look angles up by. */
  rowTokens(): Value;
  keyTokens(): Value;
}
