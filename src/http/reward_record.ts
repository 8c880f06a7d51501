/**
 * Reward record: what the edge remembers of an answered reward request, for metrics and the log.
 *
 * @module
 */

import type { RewardReply } from "../wire/reply.ts";

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

/** Reads the record off a reply: measurements travel with the value. */
export function recordOf({ items, usage, timing_ms: timing }: RewardReply): RewardRecord {
  const completions = items.flatMap((item) => item.completions);
  return {
    completions: completions.length,
    tokens: usage.tokens,
    computedTokens: usage.computed_tokens,
    queueMs: timing.queue,
    inferenceMs: timing.inference,
    truncated: completions.filter(({ truncated }) => truncated).length,
    fallbacks: completions.filter(({ fallback }) => fallback !== undefined).length,
    responseMasses: completions.flatMap(({ response_mass: mass }) => mass ?? []),
  };
}
