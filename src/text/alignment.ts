/**
 * Alignment: from the reward model's tokens to the units that receive reward, which are those tokens
 * themselves or a caller's own.
 *
 * Text and spans only; what is carried over is the business of whoever asks. What `Alignment` offers
 * is what credit calls `Units`.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { alignSpans } from "./align_spans.ts";
import type { Encoding, Span } from "./encoding.ts";

/** Carries a quantity per reward-model token over to units without losing any of it. */
export interface Alignment {
  /** How many units there are. */
  readonly count: number;
  /**
   * @param perToken one value per completion token
   * @param closing the quantity of the closing tokens; it goes to the caller's end-of-sequence unit
   * where there is one and is dropped otherwise
   * @returns one value per unit
   */
  project(perToken: Float64Array, closing: number): Float64Array;
}

/**
 * The completion's own tokens as units. None of them is an end-of-sequence token that closing tokens
 * could stand for: samples given as ids have no closing tokens, so that an end-of-sequence id among
 * `completion_ids` has what it earned, and text has only tokens with characters of their own.
 */
export function ownUnits({ completion }: Encoding): Alignment {
  const count = completion[1] - completion[0];
  return { count, project: (perToken) => perToken.slice() };
}

/**
 * A caller's tokens as units, given as ranges of code points of the completion.
 *
 * A token's value is split over the caller's tokens that it overlaps, by overlapping characters, and
 * equally where several of them share a character (pieces of an emoji). Where both sides cut a
 * stretch alike each token keeps its own value. A token that overlaps none gives its value to the
 * nearest. A range without width at the completion's end is an end-of-sequence token and receives
 * what belongs to the closing tokens; of several, the first.
 *
 * @throws {AbacusError} `invalid_request` where the spans are no ranges of the completion in reading
 * order; its path is `token_spans[i]`.
 */
export function callerUnits(encoding: Encoding, spans: readonly Span[]): Alignment {
  const { completion, offsets, completionLength } = encoding;
  if (offsets.length !== completion[1] - completion[0]) {
    throw invalid(
      "token_spans",
      "the completion was given as ids, which have no characters",
      spans,
    );
  }
  checkSpans(spans, completionLength);
  const closingUnit = spans.findIndex(([start]) => start === completionLength);
  const carry = alignSpans(offsets, spans, completionLength);
  return {
    count: spans.length,
    project(perToken, closing) {
      const perUnit = carry(perToken);
      if (closingUnit >= 0) perUnit[closingUnit]! += closing;
      return perUnit;
    },
  };
}

function checkSpans(spans: readonly Span[], length: number): void {
  if (spans.length === 0 && length > 0) {
    throw invalid("token_spans", `the completion has ${length} characters but no token`, spans);
  }
  let before: Span = [0, 0];
  for (const [at, span] of spans.entries()) {
    const [start, end] = span;
    const path = `token_spans[${at}]`;
    if (!Number.isInteger(start) || !Number.isInteger(end) || start > end) {
      throw invalid(path, "a span must be two whole numbers, start and end", span);
    }
    if (start < 0 || end > length) {
      throw invalid(path, `a span must lie within the completion's ${length} characters`, span);
    }
    if (start < before[0] || end < before[1]) {
      throw invalid(path, `spans must not go back behind [${before.join(", ")}]`, span);
    }
    before = span;
  }
}

function invalid(path: string, reason: string, received: unknown): AbacusError {
  return new AbacusError(
    "invalid_request",
    `Cannot align to the caller's tokens as ${reason}: received ${JSON.stringify(received)}`,
    { path },
  );
}
