/**
 * RequestRecord: one answered request, as the access log and the metrics see it. It is made once, at
 * the edge.
 *
 * @module
 */

import type { ErrorKind } from "../errors.ts";
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
  /** Present where completions were scored. */
  readonly scored?: ScoredRecord | undefined;
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
  readonly queueMs: number;
  readonly inferenceMs: number;
  /** Completions that lost tokens to fit. */
  readonly truncated: number;
  /** Completions whose credit method could not be applied. */
  readonly fallbacks: number;
  /** One per completion whose method reads attention. */
  readonly responseMasses: readonly number[];
}

/** Reads the record off what was scored: measurements travel with the value. */
export function scoredRecord({ completions, cost }: Scored, model: string): ScoredRecord {
  const { tokenizeMs: _, ...spent } = cost;
  return {
    model,
    completions: completions.length,
    ...spent,
    truncated: completions.filter(({ truncated }) => truncated).length,
    fallbacks: completions.filter(({ fallback }) => fallback !== undefined).length,
    responseMasses: completions.flatMap(({ responseMass }) => responseMass ?? []),
  };
}
