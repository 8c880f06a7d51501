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
import { closedBy } from "./close.ts";
import type { TokenizedSample } from "./tokenized_sample.ts";
import { type Encoding, tooManyTokens } from "./encoding.ts";
import { pooledPositions, type Pooling } from "./pooling.ts";
import type { Truncation } from "./sample.ts";
import {
  closeSteps,
  type StepClosing,
  stepsBefore,
  stepsShifted,
  type TokenSteps,
} from "./step_tokens.ts";

/** The context, and what may be dropped. */
export interface FitOptions {
  /** The most tokens a sequence may have. */
  readonly context: number;
  readonly pooling: Pooling;
  readonly truncation: Truncation;
  /** The token that every text is closed with. @default none is */
  readonly end?: number | undefined;
  /** How steps that are open are ended. */
  readonly closing?: StepClosing | undefined;
}

/** @throws {AbacusError} `too_long` where the sample cannot be made to fit */
export function fit(sample: TokenizedSample, options: FitOptions): Encoding {
  const { context, pooling } = options;
  const closed = closedBy(options.end, sample);
  const whole = withLastStep(closed, options);
  const fitted = whole.ids.length > context ? cut({ closed, whole }, options) : whole;
  const { ids, types, completion, offsets, completionLength, dropped = [], steps } = fitted;
  return {
    ids,
    ...(types === undefined ? {} : { types }),
    completion,
    closing: [completion[1], ids.length],
    ...(pooling === "steps" ? readSteps(steps) : { pool: pooledPositions(ids, pooling) }),
    offsets,
    completionLength,
    ...(dropped.length === 0 ? {} : { dropped }),
    truncated: whole.ids.length > context,
  };
}

function readSteps(steps: TokenSteps | undefined): Pick<Encoding, "pool" | "steps"> {
  const ends = steps?.ends ?? [];
  return { pool: ends.map(({ at }) => at), steps: ends };
}

function withLastStep(sample: TokenizedSample, { closing }: FitOptions): TokenizedSample {
  return closing === undefined ? sample : closeSteps(sample, closing);
}

/**
 * On the right, what ends a step or a text may be cut with it and is then appended anew, which takes the place
 * of further tokens.
 */
function cut(
  { closed, whole }: { closed: TokenizedSample; whole: TokenizedSample },
  options: FitOptions,
): TokenizedSample {
  const { context, truncation, end } = options;
  if (truncation !== "right") return cuts[truncation](whole, whole.ids.length - context, context);
  let fitted = whole;
  for (let count = 0; fitted.ids.length > context;) {
    count += fitted.ids.length - context;
    fitted = withLastStep(closedBy(end, cuts.right(closed, count, context)), options);
  }
  return fitted;
}

type Cut = (sample: TokenizedSample, excess: number, context: number) => TokenizedSample;

const cuts: Readonly<Record<Truncation, Cut>> = {
  none: refuse,
  left: cutPrompt,
  right: cutCompletion,
};

function refuse({ ids }: TokenizedSample, _excess: number, context: number): never {
  throw tooManyTokens(context, ids.length);
}

function cutPrompt(sample: TokenizedSample, excess: number, context: number): TokenizedSample {
  const { ids, prompt: [from, to], completion: [start, end], steps } = sample;
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
    steps: steps && stepsShifted(steps, excess),
  };
}

function cutCompletion(sample: TokenizedSample, excess: number, context: number): TokenizedSample {
  const { ids, offsets, completion: [start, end], steps } = sample;
  if (excess >= end - start) {
    throw tooLong(
      `Cannot truncate on the right as the prompt with its special tokens fills the ${context} ` +
        `tokens that the model reads`,
      ids.length - (end - start),
    );
  }
  // A mark goes as a whole.
  const halved = steps?.ends.find(({ at, mark }) => mark < end - excess && at >= end - excess);
  const last = halved?.mark ?? end - excess;
  return {
    ...without(sample, last, end - last),
    completion: [start, last],
    offsets: offsets.slice(0, last - start),
    steps: steps && stepsBefore(last, steps),
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
