/**
 * Fits a tokenised sample to the context of the model, which may drop tokens.
 *
 * Truncation on the left drops the start of the prompt, but keeps the tokens before it that the model
 * expects there (`[CLS]`, the beginning-of-sequence token). Truncation on the right drops the end of the
 * completion, but keeps the closing tokens, at which the score may be read. A completion that does not
 * fit by itself is an error on the left, and one of which nothing would remain is an error on the
 * right. Pure.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { TokenizedSample } from "./tokenized_sample.ts";
import type { Encoding } from "./encoding.ts";
import { pooledPositions, type Pooling } from "./pooling.ts";
import type { Truncation } from "./sample.ts";

/** The context, and what may be dropped. */
export interface FitOptions {
  /** The most tokens a sequence may have. */
  readonly context: number;
  readonly pooling: Pooling;
  readonly truncation: Truncation;
}

/** @throws {AbacusError} `too_long` where the sample cannot be made to fit */
export function fit(
  sample: TokenizedSample,
  { context, pooling, truncation }: FitOptions,
): Encoding {
  const excess = sample.ids.length - context;
  const fitted = excess > 0 ? cuts[truncation](sample, excess, context) : sample;
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

type Cut = (sample: TokenizedSample, excess: number, context: number) => TokenizedSample;

const cuts: Readonly<Record<Truncation, Cut>> = {
  none: refuse,
  left: cutPrompt,
  right: cutCompletion,
};

function refuse({ ids }: TokenizedSample, _excess: number, context: number): never {
  throw tooLong(`Cannot encode as the model reads at most ${context} tokens`, ids.length);
}

function cutPrompt(sample: TokenizedSample, excess: number, context: number): TokenizedSample {
  const { ids, head, completion: [start, end] } = sample;
  if (excess > start - head) {
    throw tooLong(
      `Cannot truncate on the left as the completion with its special tokens alone is longer ` +
        `than the ${context} tokens that the model reads`,
      ids.length - (start - head),
    );
  }
  return {
    ...sample,
    ids: without(ids, head, excess),
    completion: [start - excess, end - excess],
  };
}

function cutCompletion(sample: TokenizedSample, excess: number, context: number): TokenizedSample {
  const { ids, offsets, completion: [start, end] } = sample;
  if (excess >= end - start) {
    throw tooLong(
      `Cannot truncate on the right as the prompt with its special tokens fills the ${context} ` +
        `tokens that the model reads`,
      ids.length - (end - start),
    );
  }
  return {
    ...sample,
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
