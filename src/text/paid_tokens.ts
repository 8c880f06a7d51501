/**
 * Paid tokens: what receives reward, which is the reward model's own tokens or the tokens of the caller.
 *
 * Knows text and spans, not the quantities that are carried over.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { alignSpans, lastTargets } from "./align_spans.ts";
import type { Span } from "./encoding.ts";
import { ownTokens } from "./own_tokens.ts";
import { paidSpans } from "./paid_spans.ts";
import type { ReadPart } from "./read_part.ts";

/**
 * The tokens that receive reward: the reward model's own of the completion, or the caller's, as far as the
 * completion was read.
 */
export interface PaidTokens {
  readonly count: number;
  /** Whether one of them, the last, stands for the end of the text. */
  readonly closes: boolean;
  /** The place of each among the tokens that rewards are given for, some of which may not be paid. */
  readonly indices: readonly number[];
  /** The values of those that are paid, of one value per token of the model or of the caller. */
  of<Value>(values: readonly Value[]): readonly Value[];
  /**
   * Carries a quantity per reward-model token over to the paid tokens, with the same sum.
   *
   * @param perToken one value per completion token
   * @param closing the quantity of the closing tokens; it goes to the caller's end-of-sequence token
   * where there is one and is dropped otherwise
   * @returns one value per paid token, in a new array
   */
  project(perToken: Float64Array, closing: number): Float64Array;
  /** The last of them that a token of the completion, counted from 0, has a part in; -1 where there is none. */
  lastOf(token: number): number;
}

/**
 * The completion's own tokens. The quantity of closing tokens is dropped: samples given as ids
 * have none, so an end-of-sequence id among `completion_ids` keeps its own, and the other tokens of a
 * completion all have characters.
 */
export function paidOwnTokens(part: ReadPart): PaidTokens {
  const own = ownTokens(part);
  return {
    count: own.count,
    closes: false,
    indices: Array.from({ length: own.count }, (_, at) => at),
    of: (values) => own.of(values),
    lastOf: (token) => own.indexOf(token),
    project: (perToken) => own.fold(perToken),
  };
}

/**
 * A caller's tokens, given as ranges of code points of the completion: those that are paid.
 *
 * A token's value is split over the caller's tokens that it overlaps, by overlapping characters, and
 * equally where several of them share a character (pieces of an emoji). Where both tokenisations split
 * a stretch of text in the same way, each token keeps its own value. A token that overlaps none gives
 * its value to the nearest. An empty range at the completion's end is an end-of-sequence token and
 * receives the quantity of the closing tokens; of several, the first. It stands for the end of the text and
 * so counts as read, wherever in the text the score is read; the tokens between are not paid.
 *
 * @throws {AbacusError} `invalid_request` where the spans are not ranges of the completion in reading
 * order, with the path `token_spans[i]`
 */
export function paidCallerTokens(part: ReadPart, given: readonly Span[]): PaidTokens {
  const { completion, offsets, completionLength } = part;
  const own = ownTokens(part);
  if (offsets.length !== completion[1] - completion[0]) {
    throw invalid(
      "token_spans",
      "the completion was given as ids, which have no characters",
      given,
    );
  }
  checkSpans(given, completionLength);
  const indices = readSpans(part, given);
  const spans = indices.map((at) => given[at]!);
  const closingToken = spans.findIndex(([start]) => start === completionLength);
  const carry = alignSpans(own.of(offsets), spans, completionLength);
  let lasts: Int32Array | undefined;
  return {
    count: spans.length,
    closes: closingToken >= 0,
    indices,
    of: (values) => indices.map((at) => values[at]!),
    lastOf(token) {
      lasts ??= lastTargets(own.of(offsets), spans, completionLength);
      return lasts[own.indexOf(token)] ?? -1;
    },
    project(perToken, closing) {
      const perPaid = carry(own.fold(perToken));
      if (closingToken >= 0) perPaid[closingToken]! += closing;
      return perPaid;
    },
  };
}

/** The places of the caller's tokens that are paid: those that were read, and the end-of-sequence token. */
function readSpans(part: ReadPart, given: readonly Span[]): readonly number[] {
  const candidates = paidSpans(given, part);
  const count = countRead(part, candidates.map((at) => given[at]!));
  const closing = candidates.slice(count).find((at) => given[at]![0] === part.completionLength);
  const read = candidates.slice(0, count);
  return closing === undefined ? read : [...read, closing];
}

/** The caller's tokens up to the last that begins before what was not read. */
function countRead({ offsets, unread = 0 }: ReadPart, spans: readonly Span[]): number {
  if (unread === 0) return spans.length;
  const end = offsets.at(-1)?.[1];
  // Where something was read, something is paid for it, if only the nearest token.
  return end === undefined ? 0 : Math.max(1, 1 + spans.findLastIndex(([start]) => start < end));
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
