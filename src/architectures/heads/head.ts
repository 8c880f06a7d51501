/**
 * Head: what turns the states that are read into the outputs of a reward model, as one value. Families know
 * no heads and heads know no families: any trunk can be joined with any head.
 *
 * @module
 */

import type { Parameters } from "../../layers/parameters.ts";
import type { Value } from "../../onnx/value.ts";

/** A head, once its extents are known. */
export interface Head {
  /** How it is made, with the names of its layers, e.g. `linear score`. */
  readonly text: string;
  /** The names of its outputs, in order. */
  readonly labels: readonly string[];
  /** The output that is the score unless the user says otherwise. @default they have to say it of three or more */
  readonly usual?: string;
  /** Tensors that are stored beside it and not read, with the reason. @default there are none */
  readonly unread?: readonly { readonly pattern: RegExp; readonly reason: string }[];
  /**
   * Its raw outputs, `[rows, labels]`.
   *
   * @param states hidden states, pooled where several tokens are, `float32[rows, hidden]`
   * @param at the root of the checkpoint's names
   * @param gates of heads with a gate: the state that it reads, for each of `states`
   */
  write(states: Value, at: Parameters, gates?: Value): Value;
}
