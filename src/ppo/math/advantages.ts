/**
 * Advantages: from credit, log-probabilities and values of a batch to what the policy and the critic are
 * trained on.
 *
 * @module
 */

import { type KlEstimator, klPerToken } from "./kl.ts";
import { commonLength, type Rows } from "./rows.ts";
import { whiten } from "./statistics.ts";

/** What advantages are computed from, one entry per token of a completion. */
export interface Trajectory {
  /** Token rewards before the KL penalty, in units of the score. */
  readonly credit: Float64Array;
  /** Under the policy before the step's updates. */
  readonly oldLogProbs: Float64Array;
  readonly referenceLogProbs: Float64Array;
  /** The critic's estimate before each token. */
  readonly values: Float64Array;
}

/** Rewards and advantages of a batch, a row per completion. */
export interface AdvantageBatch {
  /** Log-ratio of policy and reference (k1), whichever estimator the penalty uses. */
  readonly kl: Rows;
  /** Credit minus the KL penalty, before whitening. */
  readonly rewards: Rows;
  /** Before whitening. */
  readonly advantages: Rows;
  readonly returns: Rows;
}

/** Settings of the computation. */
export interface AdvantageSettings extends Discounts {
  readonly kl: { readonly estimator: KlEstimator };
  readonly whitenRewards: boolean;
}

/**
 * Computes rewards and advantages of every token.
 *
 * @param coefficient of the KL penalty, in units of the score per nat
 */
export function computeAdvantages(
  batch: readonly Trajectory[],
  { kl, whitenRewards, gamma, lambda }: AdvantageSettings,
  coefficient: number,
): AdvantageBatch {
  const divergence = (estimator: KlEstimator) =>
    batch.map(({ oldLogProbs: policy, referenceLogProbs: reference }) =>
      klPerToken(estimator, { policy, reference })
    );
  const penalties = divergence(kl.estimator);
  const rewards = batch.map(({ credit }, i) =>
    tokenRewards({ credit, kl: penalties[i]! }, coefficient)
  );
  const whitened = whitenRewards ? whiten(rewards, { shiftMean: false }) : rewards;
  const estimated = batch.map(({ values }, i) =>
    estimateAdvantages({ rewards: whitened[i]!, values }, { gamma, lambda })
  );
  return {
    kl: divergence("k1"),
    rewards,
    advantages: estimated.map(({ advantages }) => advantages),
    returns: estimated.map(({ returns }) => returns),
  };
}

/**
 * The reward of every token of a completion,
 *
 *     reward[t] = credit[t] - coefficient * kl[t]
 *
 * The credit may be dense, or zero except at the last token; the penalty is always paid at the token
 * where it arises. With k1 this is Ziegler et al. (arXiv 1909.08593), equation 2, per token; with dense
 * credit, the `compute_rewards` of the authors of Attention-Based Credit (arXiv 2402.00782). Inputs are
 * checked to be finite where they enter the trainer.
 *
 * @param completion credit in units of the score, divergence in nats; one entry per token each
 * @param coefficient the cost of a nat, in units of the score
 * @returns a new row, one entry per token
 * @throws {RangeError} if the rows differ in length
 */
export function tokenRewards(
  { credit, kl }: { readonly credit: Float64Array; readonly kl: Float64Array },
  coefficient: number,
): Float64Array {
  commonLength("add up token rewards", { credit, kl });
  return credit.map((reward, t) => reward - coefficient * kl[t]!); // [tokens]
}

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
}

/** Training targets, one entry per token. */
export interface Advantages {
  /** For the policy: how much better the token was than expected. */
  readonly advantages: Float64Array; // [tokens]
  /** For the critic: advantage plus value, the lambda-return. */
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
