/**
 * Language model: a trunk with a head over the vocabulary, which is what policies are.
 *
 * @module
 */

import { linear } from "../layers/linear.ts";
import type { Parameters } from "../layers/parameters.ts";
import { mul, tanh } from "../onnx/ops.ts";
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
   * Logits over the vocabulary, divided by the temperature: `[rows, vocabulary]`.
   *
   * @param hidden `[rows, hidden]`
   * @param at the root of the checkpoint's names
   * @param temperature 1 unless given
   */
  logits(hidden: Value, at: Parameters, temperature?: number): Value;
}

/** The head of a language model. */
export interface VocabularyHead {
  /** Whether it is the table of embeddings. */
  readonly tied: boolean;
  /** What it is called where it is not. @default "lm_head" */
  readonly called?: string;
  /** Whether it has a bias. @default false */
  readonly bias?: boolean;
  /** Keeps logits between `-softcap` and `softcap` (arXiv 2408.00118, section 2). @default no limit */
  readonly softcap?: number | null | undefined;
}

/** A trunk with such a head. */
export function languageModel(name: string, trunk: Trunk, head: VocabularyHead): LanguageModel {
  const { tied, bias = false, softcap } = head;
  const { vocabulary, hidden } = trunk.dimensions;
  const shape = { inputs: hidden, outputs: vocabulary, bias };
  const logits = (rows: Value, at: Parameters, temperature = 1) => {
    const place = vocabularyPlace(at, trunk, head);
    const cooled = (x: Value) => temperature === 1 ? x : mul(x, 1 / temperature);
    // Where the head is linear, dividing its narrow input is cheaper than its output.
    if (!bias && !softcap) return linear(cooled(rows), place, shape);
    return cooled(softCapped(linear(rows, place, shape), head));
  };
  return { name, trunk, tied, logits };
}

/** Where the weights of such a head stand, below the root of the checkpoint's names. */
export function vocabularyPlace(
  at: Parameters,
  { prefix, embeddings }: Pick<Trunk, "prefix" | "embeddings">,
  { tied, called = "lm_head" }: VocabularyHead,
): Parameters {
  return tied ? at.at(prefix).at(embeddings) : at.at(called);
}

/** Logits within the cap. */
export function softCapped(logits: Value, { softcap }: Pick<VocabularyHead, "softcap">): Value {
  return softcap ? mul(tanh(mul(logits, 1 / softcap)), softcap) : logits;
}
