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
  /**
   * The tokens of the completion: `ids[completion[0] .. completion[1])`, which are all that cover
   * any of its characters, a token that began in the prompt included (though not a special token
   * there that merely swallowed the space behind it). Where it is empty, `completion[0]` is the
   * place at which its tokens would stand.
   */
  readonly completion: Span;
  /**
   * Tokens behind the completion that only close it (an end-of-turn token of the template, an
   * end-of-sequence token the tokenizer adds). They earn no reward of their own.
   */
  readonly closing: Span;
  /** The positions that the score is pooled from, ascending; at least one. */
  readonly pool: readonly number[];
  /**
   * Per completion token, the characters of the completion it covers, in Unicode code points,
   * clipped to the completion. Neither starts nor ends ever go back; tokens that hold pieces of one
   * character share its span. Empty for samples given as ids.
   *
   * A space belongs to the token that holds it, also where the tokenizer's own offsets leave spaces
   * out: a token of nothing but spaces would have no width and no place otherwise.
   */
  readonly offsets: readonly Span[];
  /**
   * The completion as the offsets count it, in code points, whatever a template trimmed or
   * truncation dropped of it; 0 for samples given as ids.
   */
  readonly completionLength: number;
  /** Whether tokens were dropped to fit the context. */
  readonly truncated: boolean;
}
