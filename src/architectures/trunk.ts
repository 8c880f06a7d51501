/**
 * Trunk: what a family's file writes, from tokens to hidden states. Heads, batches and frames are put
 * around it by others: `classifier.ts` makes a reward model of it, `language_model.ts` a policy.
 *
 * @module
 */

import type { AttentionSpec } from "../layers/attention.ts";
import type { Frame } from "../layers/frames/frame.ts";
import type { Parameters } from "../layers/parameters.ts";
import type { TokenPositions } from "../layers/rotary.ts";
import type { Value } from "../onnx/value.ts";
import type { Dimensions } from "./architecture.ts";

/** The tokens of a batch, as inputs of the graph. */
export interface TokenInputs extends TokenPositions {
  /** `int32[tokens]` */
  readonly ids: Value;
  /** The type (segment) of each token, `int32[tokens]`; tokens of policies have none. */
  types?(): Value;
}

/** How a stack of blocks is laid out and observed. */
export interface Layout {
  /** The rows that layer `index` computes, and how they attend. */
  frame(index: number): Frame;
  /**
   * Called with the tokens' embeddings, `[tokens, hidden]`, before positions are added; what it returns takes
   * their place.
   */
  readonly embedded?: ((words: Value) => Value) | undefined;
}

/** A family's trunk, once its configuration has been read. */
export interface Trunk {
  /** As `model_type` names it, e.g. `llama`. */
  readonly family: string;
  readonly dimensions: Omit<Dimensions, "labels">;
  /** How layer `index` attends; a bias, which is made of weights, is added when the graph is written. */
  attention(index: number): Omit<AttentionSpec, "bias">;
  /** As {@linkcode Architecture.sharesUpTo}. */
  readonly sharesUpTo: number;
  /** What checkpoints call the trunk: the first part of its tensors' names. */
  readonly prefix: string;
  /** The name, within the trunk, of the table of token embeddings, `[vocabulary, hidden]`. */
  readonly embeddings: string;
  /** Tensors of the family that checkpoints store though no graph needs them, with the reason. */
  readonly derived: readonly { readonly pattern: RegExp; readonly reason: string }[];
  /** Hidden states after the final norm at the last layer's rows, `[rows, hidden]`. */
  hidden(tokens: TokenInputs, at: Parameters, layout: Layout): Value;
}
