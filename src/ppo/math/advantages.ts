/**
 * How much better each token turned out than the critic expected.
 *
 * @module
 */

import { commonLength } from "./rows.ts";

/** One finished completion. */
export interface Episode {
  /** What each token was paid. */
  readonly rewards: Float64Array; // [tokens]
  /** The critic's estimate before each token, made from what stands before it. */
  readonly values: Float64Array; // [tokens]
}

/** How far ahead, and how far to trust the critic. */
export interface Discounts {
  /** What a reward one token later is worth; 1 counts every token of the completion alike. */
  readonly gamma: number;
  /** 0 trusts the critic from the next token on, 1 only the rewards: bias against variance. */
  readonly lambda: number;
}

/** What the loss is made from, one entry per token. */
export interface Advantages {
  /** The policy's: how much more the token brought than was expected. */
  readonly advantages: Float64Array; // [tokens]
  /** The critic's target: advantage plus value, the lambda-return. */
  readonly returns: Float64Array; // [tokens]
}

/**
 * Generalised advantage estimation, computed from the last token to the first:
 *
 *     delta[t]     = reward[t] + gamma * value[t + 1] - value[t]
 *     advantage[t] = delta[t] + gamma * lambda * advantage[t + 1]
 *
 * Schulman et al., "High-Dimensional Continuous Control Using Generalized Advantage Estimation" (arXiv
 * 1506.02438), equation 16, whose sum ends with the episode.
 *
 * After the last token value and advantage are 0. That is so for a completion that was cut at the length
 * limit too: the cut is part of the task, for the text is scored as it stands and nothing can be earned
 * after it. So no value is bootstrapped, and the critic learns to expect the limit.
 *
 * @throws {RangeError} if the rows differ in length
 */
export function estimateAdvantages(
  { rewards, values }: Episode,
  { gamma, lambda }: Discounts,
): Advantages {
  const tokens = commonLength("estimate advantages", { rewards, values });
  const advantages = new Float64Array(tokens);
  let [nextValue, nextAdvantage] = [0, 0];
  for (let t = tokens - 1; t >= 0; t--) {
    const delta = rewards[t]! + gamma * nextValue - values[t]!;
    nextAdvantage = delta + gamma * lambda * nextAdvantage;
    nextValue = values[t]!;
    advantages[t] = nextAdvantage;
  }
  return { advantages, returns: advantages.map((advantage, t) => advantage + values[t]!) };
}
