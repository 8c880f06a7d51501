/**
 * Fit: a draft to the model's context, which may cost tokens.
 *
 * On the left the prompt loses its start, but keeps the tokens in front of it that the model always
 * saw there (`[CLS]`, the beginning-of-sequence token). On the right the completion loses its end,
 * and what closes it stays, since that is where the score is read. A completion that does not fit by
 * itself is an error on the left, and one of which nothing would remain is an error on the right.
 * Pure.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { Draft } from "./draft.ts";
import type { Encoding } from "./encoding.ts";
import { pooledPositions, type Pooling } from "./pooling.ts";
import type { Truncation } from "./sample.ts";

/** What a draft is fitted to. */
export interface FitOptions {
  /** The most tokens a sequence may have. */
  readonly context: number;
  readonly pooling: Pooling;
  readonly truncation: Truncation;
}

/** @throws {AbacusError} `too_long` where it cannot be made to fit. */
export function fit(draft: Draft, { context, pooling, truncation }: FitOptions): Encoding {
  const excess = draft.ids.length - context;
  const fitted = excess > 0 ? cuts[truncation](draft, excess, context) : draft;
  const { ids, completion, offsets, completionLength } = fitted;
  return {
    ids,
    completion,
    closing: [completion[1], ids.length],
    pool: pooledPositions(ids, pooling),
    offsets,
    completionLength,
    truncated: excess > 0,
  };
}

type Cut = (draft: Draft, excess: number, context: number) => Draft;

const cuts: Readonly<Record<Truncation, Cut>> = {
  none: refuse,
  left: cutPrompt,
  right: cutCompletion,
};

function refuse({ ids }: Draft, _excess: number, context: number): never {
  throw tooLong(`Cannot encode as the model reads at most ${context} tokens`, ids.length);
}

function cutPrompt(draft: Draft, excess: number, context: number): Draft {
  const { ids, head, completion: [start, end] } = draft;
  if (excess > start - head) {
    throw tooLong(
      `Cannot truncate on the left as the completion with its special tokens alone is longer ` +
        `than the ${context} tokens that the model reads`,
      ids.length - (start - head),
    );
  }
  return {
    ...draft,
    ids: without(ids, head, excess),
    completion: [start - excess, end - excess],
  };
}

function cutCompletion(draft: Draft, excess: number, context: number): Draft {
  const { ids, offsets, completion: [start, end] } = draft;
  if (excess >= end - start) {
    throw tooLong(
      `Cannot truncate on the right as the prompt with its special tokens fills the ${context} ` +
        `tokens that the model reads`,
      ids.length - (end - start),
    );
  }
  return {
    ...draft,
    ids: without(ids, end - excess, excess),
    completion: [start, end - excess],
    offsets: offsets.slice(0, end - start - excess),
  };
}

/** The ids without `count` of them from `at` on. */
function without(ids: Int32Array, at: number, count: number): Int32Array {
  const kept = new Int32Array(ids.length - count);
  kept.set(ids.subarray(0, at));
  kept.set(ids.subarray(at + count), at);
  return kept;
}

function tooLong(message: string, tokens: number): AbacusError {
  return new AbacusError("too_long", `${message}: received ${tokens}`);
}
