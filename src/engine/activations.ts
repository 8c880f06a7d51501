/**
 * Activations: what a batch takes on a GPU beside the weights. An estimate, made before anything is loaded.
 *
 * @module
 */

import type { Dimensions } from "../architectures/architecture.ts";
import { elementBytes } from "./attention_memory.ts";
import type { ModelDtype } from "./engine.ts";

/**
 * Numbers of a token that exist at once in a usual block, in units of hidden: in its MLP, whose four products are 3.5
 * times as wide, what stands beside them, and a norm in float32.
 */
const NUMBERS_PER_TOKEN = 20;

/** What CUDA's context and libraries take of a GPU by themselves. */
const CONTEXT_BYTES = 5e8;

/** A batch of the most tokens there may be, and the most that attention may take. */
export interface LargestBatch {
  readonly tokens: number;
  readonly attentionBytes: number;
}

/** Bytes that the largest batch takes. */
export function activationBytes(
  { hidden }: Pick<Dimensions, "hidden">,
  dtype: ModelDtype,
  { tokens, attentionBytes }: LargestBatch,
): number {
  const perToken = NUMBERS_PER_TOKEN * hidden * elementBytes(dtype);
  return tokens * perToken + attentionBytes + CONTEXT_BYTES;
}
