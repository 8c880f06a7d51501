/**
 * What the scorer takes and returns: samples in, scores with a reward per token out, as numbers. Every
 * protocol translates to and from these types, and nothing here knows any of them.
 *
 * @module
 */

import type { TokenCredit } from "../credit/pay.ts";
import { AbacusError } from "../errors.ts";
import type { Span } from "../text/encoding.ts";
import type { Close, Sample, Truncation } from "../text/sample.ts";
import type { ScoredUnit } from "./completion_units.ts";
import type { CreditRequest, ScoredCredit } from "./scored_credit.ts";

/** One completion to score. */
export type ScoreSample = Sample & {
  /** The caller's own tokens, in code points of the completion; rewards are then given per span. */
  readonly spans?: readonly Span[] | undefined;
};

/** Completions to score, and how. */
export interface ScoreRequest {
  readonly samples: readonly ScoreSample[];
  /** How each score is spread over its tokens. */
  readonly credit: CreditRequest;
  /** What a sample loses that is longer than the model's context. */
  readonly truncation: Truncation;
  /** What texts are closed with. @default what the model's tokenizer says */
  readonly close?: Close | undefined;
}

/** The score of one completion and its tokens' rewards, which add up to it, less the offset if any. */
export interface ScoredCompletion extends TokenCredit {
  /** The raw score. */
  readonly score: number;
  /** The completion's ids in the model's tokenizer; absent where the sample came with spans. */
  readonly tokenIds?: Int32Array;
  /** Per reward, the code points of the completion it belongs to; absent where ids were given. */
  readonly offsets?: readonly Span[];
  /** The units that credit was given to, in order; absent where they are tokens. */
  readonly units?: readonly ScoredUnit[];
  /** The steps of the completion, of models that score each. */
  readonly steps?: readonly ScoredStep[];
  /** The token that the score was read at, by its place in the whole sequence; absent for means and steps. */
  readonly readAt?: { readonly position: number; readonly tokenId: number };
  /** Code points of the completion that the chat template left out, and that earn nothing. */
  readonly dropped?: readonly Span[];
  /**
   * The whole sequence that the model read, less marks that were inserted for steps, and where the completion
   * begins in it; absent where the sample came with spans.
   */
  readonly sequence?: { readonly tokenIds: Int32Array; readonly completionStart: number };
  /** Whether tokens were dropped to fit the context. */
  readonly truncated: boolean;
  /** Of a mixture: each member with its own score, before its weight. */
  readonly members?: readonly { readonly name: string; readonly score: number }[];
}

/** What a process reward model says of one step. */
export interface ScoredStep {
  /** The last token of the step, by its place among the rewards; absent where no reward is any of its. */
  readonly end?: number;
  /** Its score, whatever the credit method. */
  readonly score: number;
}

/** Tokens of texts that nothing was computed for, by the reason. */
export interface ReusedTokens {
  /** Another call, or the same one, asked the same at the same time. */
  readonly inFlight: number;
  /** The answer of an earlier call had been kept. */
  readonly kept: number;
}

/** What one call cost. */
export interface ScoreCost {
  /** Tokens of all texts that were scored: each completion with its prompt, and what its credit is
   * compared with. */
  readonly tokens: number;
  /** Tokens that went through the model: this call's part of the batches it shared with others. */
  readonly computedTokens: number;
  /** Tokens of texts that nothing was computed for; absent where that is none. */
  readonly reusedTokens?: ReusedTokens;
  readonly tokenizeMs: number;
  /** The longest that a completion waited. */
  readonly queueMs: number;
  /** Of all batches that held a completion. */
  readonly inferenceMs: number;
  /** Spreading the scores; absent where that was not measured. */
  readonly creditMs?: number;
}

/** What became of a {@linkcode ScoreRequest}. */
export interface Scored<Completion = ScoredCompletion> {
  /** One per sample, in their order. */
  readonly completions: readonly Completion[];
  /** How the scores were spread. */
  readonly credit: ScoredCredit;
  readonly cost: ScoreCost;
}

/** An error about one sample of a request; its path, if any, is relative to the sample. */
export class SampleError extends AbacusError {
  constructor(
    { kind, message, path, cause }: AbacusError,
    /** The sample's index in the request. */
    readonly sample: number,
  ) {
    super(kind, message, { cause, ...(path === undefined ? {} : { path }) });
  }
}
