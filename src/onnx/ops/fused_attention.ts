/**
 * Attention in one operator, which holds no scores where the device has a kernel of its kind (arXiv 2205.14135).
 *
 * @module
 */

import type { Value } from "../value.ts";
import { graphOf } from "./apply.ts";

/** How heads attend. */
export interface FusedAttentionOptions {
  readonly heads: number;
  /** Key and value heads; `heads` is a multiple of it. */
  readonly kvHeads: number;
  /** What scores are multiplied with before the softmax. */
  readonly scale: number;
  /** Keeps scores between `-softcap` and `softcap`. @default they are not limited */
  readonly softcap?: number | undefined;
  /** How many tokens a row sees at most, its own included. @default all up to its own */
  readonly window?: number | undefined;
}

/** Texts side by side, filled up behind their ends. */
export interface FusedAttentionInputs {
  /** `[texts, longest, heads * width]`, `width` being a multiple of 8 */
  readonly queries: Value;
  /** `[texts, longest, kvHeads * width]` */
  readonly keys: Value;
  readonly values: Value;
  /** The position of the last token of each text, `int32[texts]`; rows behind it have no certain result. */
  readonly last: Value;
  /** The tokens of the longest text, `int32[1]`. */
  readonly longest: Value;
}

/** Causal attention of whole texts: `[texts, longest, heads * width]`. */
export function groupQueryAttention(
  { queries, keys, values, last, longest }: FusedAttentionInputs,
  { heads, kvHeads, scale, softcap = 0, window = -1 }: FusedAttentionOptions,
): Value {
  const inputs = [queries, keys, values, undefined, undefined, last, longest];
  // CUDA's kernel writes the keys and values out whether they are read or not, so all outputs are taken.
  const [output] = graphOf(inputs).emit("GroupQueryAttention", inputs, {
    attributes: {
      num_heads: { int: heads },
      kv_num_heads: { int: kvHeads },
      scale: { float: scale },
      softcap: { float: softcap }, // 0 stands for none
      local_window_size: { int: window }, // -1 stands for none
    },
  });
  if (output === undefined) throw new TypeError("Cannot attend as the operator has no output");
  return output;
}
