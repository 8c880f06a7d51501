/**
 * RequestRecord: one answered request, as the access log and the metrics see it. It is made once, at
 * the edge.
 *
 * @module
 */

import type { ErrorKind } from "../errors.ts";
import type { LoggedText } from "./logged_text.ts";
import type { ReusedTokens, Scored } from "../scorer/scored.ts";

/** One answered request. */
export interface RequestRecord {
  readonly time: Date;
  readonly requestId: string;
  readonly method: string;
  /** As it was sent. */
  readonly path: string;
  /** The route's pattern, or `unmatched`. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
  /** The name of the key that was shown, where keys are asked for. */
  readonly keyName?: string | undefined;
  /** The kind of the error it was answered with. */
  readonly kind?: ErrorKind | undefined;
  /** Present where texts are logged. */
  readonly text?: readonly LoggedText[] | undefined;
  /** Present where completions were scored. */
  readonly scored?: ScoredRecord | undefined;
  /** Present where a request for scores failed after it had begun. */
  readonly reached?: ReachedRecord | undefined;
}

/** How far a request came that failed. */
export interface ReachedRecord {
  /** The name of the model, once that was read. */
  readonly model?: string | undefined;
  /** The stages that it was in; the last is the one that it failed in. */
  readonly stages: Readonly<Partial<Record<Stage, number>>>;
}

/** The stages of a request, each with its time in milliseconds in a record. */
export const stages = ["read", "tokenize", "queue", "inference", "credit", "write"] as const;

/** A stage of a request. */
export type Stage = typeof stages[number];

/** What the HTTP side itself knows of a request that was scored. */
export interface ServedRequest {
  /** The name of the model. */
  readonly model: string;
  readonly readMs: number;
  readonly writeMs: number;
}

/** The numbers of a request whose completions were scored. */
export interface ScoredRecord {
  /** The name of the model. */
  readonly model: string;
  readonly completions: number;
  readonly tokens: number;
  readonly computedTokens: number;
  /** As {@linkcode ScoreCost.reusedTokens}. */
  readonly reusedTokens?: ReusedTokens;
  /** How long each stage took, in the order in which a request goes through them. */
  readonly stages: Readonly<Record<Stage, number>>;
  /** Completions that lost tokens to fit. */
  readonly truncated: number;
  /** Completions whose credit method could not be applied. */
  readonly fallbacks: number;
  /** One per completion whose method reads attention. */
  readonly responseMasses: readonly number[];
}

/** Reads the record off what was scored: measurements travel with the value. */
export function scoredRecord(
  { completions, cost }: Scored,
  { model, readMs, writeMs }: ServedRequest,
): ScoredRecord {
  const { tokens, computedTokens, tokenizeMs, queueMs, inferenceMs, creditMs = 0 } = cost;
  return {
    model,
    completions: completions.length,
    ...{ tokens, computedTokens },
    ...(cost.reusedTokens === undefined ? {} : { reusedTokens: cost.reusedTokens }),
    stages: {
      read: readMs,
      tokenize: tokenizeMs,
      queue: queueMs,
      inference: inferenceMs,
      credit: creditMs,
      write: writeMs,
    },
    truncated: completions.filter(({ truncated }) => truncated).length,
    fallbacks: completions.filter(({ fallback }) => fallback !== undefined).length,
    responseMasses: completions.flatMap(({ responseMass }) => responseMass ?? []),
  };
}
