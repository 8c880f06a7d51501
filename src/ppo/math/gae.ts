/**
 * Generalised advantage estimation: advantages of the tokens of one completion from its rewards and the
 * critic's values.
 *
 * @module
 */

import { commonLength } from "./rows.ts";

/** Rewards and values of one finished completion. */
interface Episode {
  readonly rewards: Float64Array; // [tokens]
  /** The critic's estimate before each token. */
  readonly values: Float64Array; // [tokens]
}

/** Parameters of generalised advantage estimation. */
export interface Discounts {
  /** Discount of a reward one token later; 1 for none. */
  readonly gamma: number;
  /** Bias against variance: 0 relies on the critic from the next token on, 1 on rewards alone. */
  readonly lambda: number;
  /** The same for what the critic learns; 1 makes that the rewards still to come. @default lambda */
  readonly valueLambda?: number | undefined;
}

/** Training targets, one entry per token. */
export interface Advantages {
  /** For the policy: how much better the token was than expected. */
  readonly advantages: Float64Array; // [tokens]
  /** For the critic: the lambda-return, which is advantage plus value of its own lambda. */
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
 * After the last token value and advantage are 0, also for a completion that was cut off at the length
 * limit: the limit is part of the task, as the text is scored as it is and nothing can be earned after
 * it. So no value is bootstrapped, and the critic learns to expect the limit.
 *
 * The critic may learn from another lambda than the policy: Yue et al., "What's Behind PPO's Collapse in
 * Long-CoT? Value Optimization Holds the Secret" (VC-PPO, arXiv 2503.01491), decoupled GAE.
 *
 * @throws {RangeError} if the rows differ in length
 */
export function estimateAdvantages(
  { rewards, values }: Episode,
  { gamma, lambda, valueLambda = lambda }: Discounts,
): Advantages {
  commonLength("estimate advantages", { rewards, values });
  const advantages = discounted({ rewards, values }, { gamma, lambda });
  const learned = valueLambda === lambda
    ? advantages
    : discounted({ rewards, values }, { gamma, lambda: valueLambda });
  return { advantages, returns: learned.map((advantage, t) => advantage + values[t]!) };
}

function discounted({ rewards, values }: Episode, { gamma, lambda }: Discounts): Float64Array {
  const tokens = rewards.length;
  const advantages = new Float64Array(tokens);
  let [nextValue, nextAdvantage] = [0, 0];
  for (let t = tokens - 1; t >= 0; t--) {
    const delta = rewards[t]! + gamma * nextValue - values[t]!;
    nextAdvantage = delta + gamma * lambda * nextAdvantage;
    nextValue = values[t]!;
    advantages[t] = nextAdvantage;
  }
  return advantages;
}
