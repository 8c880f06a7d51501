/**
 * Reward record: what the edge remembers of an answered reward request, for metrics and the log.
 *
 * @module
 */

import type { Scored } from "../scorer/scored.ts";

/** The numbers of one answered reward request. */
export interface RewardRecord {
  readonly completions: number;
  readonly tokens: number;
  readonly computedTokens: number;
  readonly queueMs: number;
  readonly inferenceMs: number;
  /** Completions that lost tokens to fit. */
  readonly truncated: number;
  /** Completions whose method could not be applied. */
  readonly fallbacks: number;
  /** One per completion whose method reads attention. */
  readonly responseMasses: readonly number[];
}

/** Reads the record off what was scored: measurements travel with the value. */
export function recordOf({ completions, cost }: Scored): RewardRecord {
  const { tokens, computedTokens, queueMs, inferenceMs } = cost;
  return {
    completions: completions.length,
    ...{ tokens, computedTokens, queueMs, inferenceMs },
    truncated: completions.filter(({ truncated }) => truncated).length,
    fallbacks: completions.filter(({ fallback }) => fallback !== undefined).length,
    responseMasses: completions.flatMap(({ responseMass }) => responseMass ?? []),
  };
}
