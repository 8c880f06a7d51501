/**
 * A loaded model: tokenizer, graph and session of one Hugging Face directory, ready to score.
 *
 * This page is the contract; `load_model.ts` fulfils it.
 *
 * @module
 */

import type {
  AttentionKind,
  Dimensions,
  Pooling,
  SampleInput,
  Task,
} from "../architectures/architecture.ts";
import type { Engine, Question } from "../engine/engine.ts";
import type { SampleTokenizer } from "../text/sample_tokenizer.ts";
import type { StepReductionName } from "../text/step_rule.ts";
import type { Normalization } from "./reward_normalization.ts";
import type { ScoreRule } from "./score_rule.ts";

/** How a process reward model reads steps. */
export interface StepReading {
  /** Where they end and what they are read at, in words. */
  readonly text: string;
  /** How their scores become that of the completion. */
  readonly reduction: StepReductionName;
}

/** Everything that scoring needs of one model. */
export interface LoadedModel extends AsyncDisposable {
  /** The name that requests use: the directory's last part unless set otherwise. */
  readonly name: string;
  readonly family: string;
  readonly architecture: string;
  /** As {@linkcode Architecture.chosenBy}. */
  readonly chosenBy?: string;
  /** The name of the base model, where the model is an adapter of it. */
  readonly base?: string;
  /** Of the last layer; a prebuilt graph may not show it. */
  readonly attention: AttentionKind | "unknown";
  readonly pooling: Pooling;
  /** How the head is made, as {@linkcode Head.text}. */
  readonly head: string;
  /** The file of a prebuilt graph. @default the graph is our own */
  readonly prebuilt?: string;
  /** What its engine cannot be asked, with the reason. @default it can be asked everything */
  readonly withheld?: Readonly<Partial<Record<Question, string>>>;
  /** Whether the head gives one answer per sequence, or one per token. */
  readonly task: Task;
  /** Whether prompt and completion are read as one text or as a pair of texts. */
  readonly input: SampleInput;
  readonly dimensions: Dimensions;
  /** Lines for whoever starts it, about what is read otherwise than its directory spells it. */
  readonly notes: readonly string[];
  /** Numbers in the weights that the model uses. */
  readonly parameters: number;
  /** Element type of the stored weights: of most of them, where they have several. */
  readonly storedDtype: string;
  /** Of the stored weights. @default they are within a prebuilt graph, which nobody has compared */
  readonly weightsDigest?: string;
  readonly tokenizer: SampleTokenizer;
  readonly engine: Engine;
  /** Tokens of the longest text that a measurement with a pass of its own may be taken of. */
  readonly ownPassTokens: number;
  /** How the head's outputs become one score, e.g. `LABEL_1 - LABEL_0`. */
  readonly scoreRule: ScoreRule["text"];
  /** Whether scores are normalised by the statistics in config.json. */
  readonly normalization: Normalization;
  /** How the steps of a completion are read and put together. @default it scores whole completions */
  readonly steps?: StepReading;
  /**
   * The scalar score of one row of logits, which is that of a step where the model reads steps.
   *
   * @throws {AbacusError} `model_failure` where a logit is not finite
   */
  score(logits: Float32Array): number;
}
