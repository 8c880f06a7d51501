/**
 * Encoding: a sample as the reward model's tokens, with the completion found among them.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { StepEnd } from "./step_tokens.ts";

/** A half-open range `[start, end)`. */
export type Span = readonly [start: number, end: number];

/** A sample as token ids for the engine. */
export interface Encoding {
  /** Every token in order, special and template tokens included. */
  readonly ids: Int32Array;
  /** The type (segment) of each token. @default 0 for every token */
  readonly types?: Int32Array | undefined;
  /**
   * The tokens of the completion, `ids[completion[0] .. completion[1])`: all that cover any of its
   * characters, also a token that begins in the prompt (but not a special token there that includes
   * the space behind it). Where the range is empty, `completion[0]` is where its tokens would be.
   */
  readonly completion: Span;
  /**
   * Tokens behind the completion that close it (an end-of-turn token of the template, an
   * end-of-sequence token of the tokenizer). They get no reward of their own.
   */
  readonly closing: Span;
  /** The positions that the score is pooled from, ascending; at least one. */
  readonly pool: readonly number[];
  /**
   * The ends of the completion's steps, which are then the pooled positions. Tokens of an inserted mark stand
   * among the completion's without being any of them: they get no reward and no reply shows them.
   *
   * @default the model reads no steps
   */
  readonly steps?: readonly StepEnd[];
  /**
   * The characters of the completion that each of its tokens covers, in Unicode code points, clipped
   * to the completion. Starts and ends never decrease; tokens of one character share its span. Empty
   * for samples given as ids.
   *
   * A space belongs to the token that contains it, also where the tokenizer's own offsets omit spaces:
   * a token of only spaces would otherwise have an empty span.
   */
  readonly offsets: readonly Span[];
  /**
   * The length of the caller's completion in code points, including what a template trimmed or
   * truncation dropped; 0 for samples given as ids.
   */
  readonly completionLength: number;
  /**
   * Ranges of the completion, in code points, that the chat template left out of the text: space that it
   * trimmed, or the reasoning before an answer. No token covers them. @default none
   */
  readonly dropped?: readonly Span[];
  /** Whether tokens were dropped to fit the context. */
  readonly truncated: boolean;
}

/**
 * The length of a well-formed text in Unicode code points, in which all spans count characters, as
 * Python's string indices do. JavaScript strings count UTF-16 units, in which an emoji has two.
 */
export function codePointLength(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length; at++) {
    // The second half of a surrogate pair adds no character.
    if ((text.charCodeAt(at) & 0xfc00) === 0xdc00) length--;
  }
  return length;
}

/** The error of a sample that is not to be cut. */
export function tooManyTokens(context: number, received: number | string): AbacusError {
  return new AbacusError(
    "too_long",
    `Cannot encode as the model reads at most ${context} tokens: received ${received}`,
  );
}
