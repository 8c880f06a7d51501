/**
 * Architecture: what a family's file says of a model, as values. Graphs are written from it by the
 * passes of the engine.
 *
 * @module
 */

import type { Pooling } from "../text/pooling.ts";
import type { SampleInput } from "../text/rendered_sample.ts";
import type { AttentionKind } from "../tree/window.ts";
import type { Head } from "./heads/head.ts";
import type { Trunk } from "./trunk.ts";

export { isGated } from "../text/pooling.ts";
export type { AttentionKind, Pooling, SampleInput };

/** Whether a head gives one answer per sequence, or one per token (process reward models). */
export type Task = "sequence" | "token";

/** How a process reward model reads steps, unless its user says otherwise. */
export interface StepHabits {
  /** Where steps end: at a line break or at a blank line. */
  readonly at: "line" | "paragraph";
  /** What each is read at: the separator as tokens of its own, a token by its text, or its own last token. */
  readonly mark: "separator" | "none" | (string & Record<never, never>);
  /** Whether a mark that is a token takes the place of line breaks or stands before them. @default "instead" */
  readonly place?: "instead" | "before";
  /** What the score of a step is made of its logits. */
  readonly score: "softmax" | "sigmoid" | "logits";
  /** Which label says that a step is good, where there are two. @default 1, the second */
  readonly good?: 0 | 1;
}

/** What every part of Abacus may ask of a family's configuration. */
export interface Dimensions {
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly vocabulary: number;
  /** Token types (segments) that it has an embedding for. @default it reads no types */
  readonly types?: number;
  /** The most tokens a sequence may have. */
  readonly context: number;
  /** Outputs of the head. */
  readonly labels: number;
}

/** A reward model of any family, once its configuration has been read. */
export interface Architecture {
  /** As `architectures[0]` of config.json names it, e.g. `LlamaForSequenceClassification`. */
  readonly name: string;
  /** What the class was found by, where config.json does not name it: as in `"model_type" and ...`. */
  readonly chosenBy?: string;
  /** As `model_type` names it, e.g. `llama`. */
  readonly family: string;
  readonly attention: AttentionKind;
  readonly pooling: Pooling;
  /** The token that every text is closed with, where a model reads its score at a token of its own. */
  readonly rewardToken?: number;
  readonly task: Task;
  readonly input: SampleInput;
  /** How steps are read, where the task is that of tokens. */
  readonly steps?: StepHabits;
  readonly dimensions: Dimensions;
  /**
   * The longest sequence whose tokens may be shared with other sequences that begin alike: `Infinity`
   * for causal families, less where a token's state depends on the length of its sequence, and 0
   * for encoders, which share whole duplicates only.
   */
  readonly sharesUpTo: number;
  readonly trunk: Trunk;
  /** What is made of the states that are read. */
  readonly head: Head;
}
