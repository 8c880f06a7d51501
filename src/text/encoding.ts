/**
 * Encoding: a sample as the reward model's tokens, with the completion found among them.
 *
 * @module
 */

/** A half-open range `[start, end)`. */
export type Span = readonly [start: number, end: number];

/** A sample as token ids, ready for the engine. */
export interface Encoding {
  /** Every token in order, special and template tokens included. */
  readonly ids: Int32Array;
  /** The tokens of the completion: `ids[completion[0] .. completion[1])`. May be empty. */
  readonly completion: Span;
  /**
   * Tokens behind the completion that only close it (an end-of-turn token of the template, an
   * end-of-sequence token the tokenizer adds). They earn no reward of their own.
   */
  readonly closing: Span;
  /** The token the score is read from: the last one (causal families). */
  readonly pooled: number;
  /**
   * Per completion token, the characters of the completion it covers, in Unicode code points,
   * clipped to the completion. Empty for samples given as ids.
   */
  readonly offsets: readonly Span[];
  /** The completion as the offsets count it, in code points; 0 for samples given as ids. */
  readonly completionLength: number;
  /** Whether tokens were dropped to fit the context. */
  readonly truncated: boolean;
}
