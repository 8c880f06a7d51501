/**
 * Language model: a trunk with a head over the vocabulary, which is what policies are.
 *
 * @module
 */

import { linear } from "../layers/linear.ts";
import type { Parameters } from "../layers/parameters.ts";
import type { Value } from "../onnx/value.ts";
import type { Trunk } from "./trunk.ts";

/** A causal language model of any family. */
export interface LanguageModel {
  /** As `architectures[0]` of config.json names it, e.g. `LlamaForCausalLM`. */
  readonly name: string;
  readonly trunk: Trunk;
  /** Whether the head is the table of embeddings itself (arXiv 1608.05859). */
  readonly tied: boolean;
  /**
   * Logits over the vocabulary, `[rows, vocabulary]`.
   *
   * @param hidden `[rows, hidden]`
   * @param at the root of the checkpoint's names
   */
  logits(hidden: Value, at: Parameters): Value;
}

/** A trunk whose head is called `lm_head`, or is tied to its embeddings. */
export function languageModel(
  name: string,
  trunk: Trunk,
  { tied }: { tied: boolean },
): LanguageModel {
  const { vocabulary, hidden } = trunk.dimensions;
  const shape = { inputs: hidden, outputs: vocabulary, bias: false };
  const logits = (rows: Value, at: Parameters) =>
    linear(rows, tied ? at.at(trunk.prefix).at(trunk.embeddings) : at.at("lm_head"), shape);
  return { name, trunk, tied, logits };
}
