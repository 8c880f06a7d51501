/**
 * Causal family: what the page of a family of decoders says of it. What is read off a trunk is decided
 * elsewhere: `classifier.ts` joins it with a head, `language_model.ts` with one over the vocabulary.
 *
 * @module
 */

import type { ClassifierConfig } from "./configuration.ts";
import type { VocabularyHead } from "./language_model.ts";
import type { Trunk } from "./trunk.ts";

/** A family of decoders. */
export interface CausalFamily {
  /** As `model_type` names it, e.g. `llama`. */
  readonly type: string;
  /** Its class of sequence classifiers in transformers, e.g. `LlamaForSequenceClassification`. */
  readonly classifier: string;
  /** Its class of language models in transformers, e.g. `LlamaForCausalLM`. */
  readonly languageModel: string;
  /**
   * Reads a config.json.
   *
   * @throws {z.ZodError} where a field cannot be used
   */
  read(json: unknown): CausalReading;
}

/** What a config.json says of a model of the family. */
export interface CausalReading {
  readonly trunk: Trunk;
  /** Labels and padding. */
  readonly config: ClassifierConfig;
  /** The head that a language model has. */
  readonly vocabulary: VocabularyHead;
}
