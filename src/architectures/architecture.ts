/**
 * Architecture: the contract that a family's page fulfils.
 *
 * @module
 */

import type { TensorLedger } from "../weights/checkpoint.ts";
import type { Graph } from "../onnx/graph.ts";

/** What every part of Abacus may ask of a family's configuration. */
export interface Dimensions {
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly vocabulary: number;
  /** The most tokens a sequence may have. */
  readonly context: number;
  /** Outputs of the head. */
  readonly labels: number;
}

/** A family's page, once its configuration has been read. */
export interface Architecture {
  /** As `architectures[0]` of config.json names it, e.g. `LlamaForSequenceClassification`. */
  readonly name: string;
  /** As `model_type` names it, e.g. `llama`. */
  readonly family: string;
  /** Whether a token sees only what stands before it. */
  readonly causal: boolean;
  readonly dimensions: Dimensions;
  /**
   * The longest sequence whose tokens may be shared with other sequences that begin alike: `Infinity`
   * for causal families, less where a token's state depends on the length of its sequence, and 0
   * for encoders, which share whole duplicates only.
   */
  readonly sharesUpTo: number;
  /** The names of the labels, in order, from `id2label`. */
  readonly labels: readonly string[];
  /** Writes the scoring graph; takes every tensor it needs from the ledger. */
  build(weights: TensorLedger): Graph;
  /**
   * Writes the graph of how much a score owes to each token's embedding, see `gradient_graph.ts`.
   *
   * @param labelWeights what each of the head's outputs weighs in the score
   * @throws {TypeError} where the family uses an operator without a derivative
   */
  buildGradient(weights: TensorLedger, labelWeights: readonly number[]): Graph;
}
