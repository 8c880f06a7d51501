/**
 * Fits a tokenised sample to the context of the model, which may drop tokens.
 *
 * Truncation on the left drops the start of the prompt, but keeps the tokens around it that the model
 * expects there (`[CLS]`, the beginning-of-sequence token, the `[SEP]` of a pair). Truncation on the
 * right drops the end of the completion, but keeps the closing tokens, at which the score may be read, and
 * where texts are closed with an end-of-sequence token, that one. A completion that does not fit by itself is an error on the left, and one of which nothing would remain
 * is an error on the right. For pairs these are transformers' `only_first` and `only_second`; its
 * `longest_first`, which drops from both, is not offered. Pure.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { closedBy, isClosedBy } from "./close.ts";
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
  /** The token that every text is closed with. @default none is */
  readonly end?: number | undefined;
}

/** @throws {AbacusError} `too_long` where the sample cannot be made to fit */
export function fit(sample: TokenizedSample, options: FitOptions): Encoding {
  const { context, pooling, end } = options;
  const whole = closedBy(end, sample);
  const excess = whole.ids.length - context;
  const fitted = excess > 0 ? cut(whole, excess, options) : whole;
  const { ids, types, completion, offsets, completionLength, dropped = [] } = fitted;
  return {
    ids,
    ...(types === undefined ? {} : { types }),
    completion,
    closing: [completion[1], ids.length],
    pool: pooledPositions(ids, pooling),
    offsets,
    completionLength,
    ...(dropped.length === 0 ? {} : { dropped }),
    truncated: excess > 0,
  };
}

/** The end-of-sequence token that a completion itself ends in may be cut with it, and is appended anew. */
function cut(
  sample: TokenizedSample,
  excess: number,
  { context, truncation, end }: FitOptions,
): TokenizedSample {
  const fitted = cuts[truncation](sample, excess, context);
  if (end === undefined || isClosedBy(end, fitted)) return fitted;
  return closedBy(end, cuts[truncation](sample, excess + 1, context));
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
  const { ids, prompt: [from, to], completion: [start, end] } = sample;
  if (excess > to - from) {
    throw tooLong(
      `Cannot truncate on the left as the completion with its special tokens alone is longer ` +
        `than the ${context} tokens that the model reads`,
      ids.length - (to - from),
    );
  }
  return {
    ...without(sample, from, excess),
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
    ...without(sample, end - excess, excess),
    completion: [start, end - excess],
    offsets: offsets.slice(0, end - start - excess),
  };
}

/** The sample without `count` of its tokens from `at` on, its ranges as they were. */
function without(sample: TokenizedSample, at: number, count: number): TokenizedSample {
  const kept = (list: Int32Array) => list.filter((_, i) => i < at || i >= at + count);
  return { ...sample, ids: kept(sample.ids), types: sample.types && kept(sample.types) };
}

function tooLong(message: string, tokens: number): AbacusError {
  return new AbacusError("too_long", `${message}: received ${tokens}`);
}
