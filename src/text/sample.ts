/**
 * Sample: one prompt with one completion, as a caller gave it.
 *
 * @module
 */

import type { Span } from "./encoding.ts";

/**
 * One turn of a conversation, as chat templates read it. Keys beside role and content (`name`,
 * `tool_calls`) hold what JSON can say, and none is null.
 */
export interface Message {
  readonly role: string;
  /** Absent where the turn says nothing, such as one that only calls a tool. */
  readonly content?: string | undefined;
  readonly [key: string]: unknown;
}

/** What samples of text may say of their steps. */
interface Stepped {
  /**
   * The steps of the completion, as ranges of its code points, for models that score steps.
   *
   * @default they are found by the model's rule
   */
  readonly steps?: readonly Span[] | undefined;
}

/** One prompt with one completion, in one of the three forms a request may use. */
export type Sample =
  | {
    readonly kind: "plain";
    readonly prompt: string;
    readonly completion: string;
    /**
     * Whether a chat template has been applied to the texts, so that they hold all special tokens and
     * the tokenizer adds none. @default false
     */
    readonly templated?: boolean;
  } & Stepped
  | {
    readonly kind: "chat";
    readonly messages: readonly Message[];
    readonly completion: string;
  } & Stepped
  | {
    readonly kind: "ids";
    readonly promptIds: readonly number[];
    readonly completionIds: readonly number[];
  };

/** The ways of closing texts. */
export const closes = ["eos", "reward", "none"] as const;

/**
 * What texts are closed with that are not closed yet: the end-of-sequence token, the token at which the
 * model's score is read, or nothing.
 */
export type Close = typeof closes[number];

/** What to do with a sample longer than the model's context. */
export type Truncation = "none" | "left" | "right";
