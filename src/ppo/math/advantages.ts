/**
 * Advantages: from credit, log-probabilities and values of a step to what the policy and the critic are
 * trained on, by the algorithm of the run.
 *
 * @module
 */

import type { KlPlace } from "../algorithms/algorithm.ts";
import { type AlgorithmName, algorithms } from "../algorithms/registry.ts";
import { type AdvantageScale, scaleAdvantages } from "./advantage_scale.ts";
import type { Discounts } from "./gae.ts";
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
  /** The critic's estimate before each token; absent without a critic. */
  readonly values?: Float64Array | undefined;
}

/** Rewards and advantages of a batch, a row per completion. */
export interface AdvantageBatch {
  /** Log-ratio of policy and reference (k1), whichever estimator the penalty uses. */
  readonly kl: Rows;
  /** Credit minus the KL penalty, where that is paid by tokens; before whitening. */
  readonly rewards: Rows;
  /** In units of the score. */
  readonly advantages: Rows;
  /** What the policy is trained on. */
  readonly scaled: Rows;
  /** What the critic is trained on; absent without a critic. */
  readonly returns?: Rows;
}

/** Settings of the computation. */
export interface AdvantageSettings extends Discounts {
  readonly algorithm: AlgorithmName;
  readonly completionsPerPrompt: number;
  readonly advantageScale: AdvantageScale;
  readonly kl: { readonly estimator: KlEstimator; readonly place: KlPlace };
  readonly whitenRewards: boolean;
}

/**
 * Computes rewards and advantages of every token.
 *
 * @param batch the completions of a prompt stand together
 * @param coefficient of the KL penalty, in units of the score per nat
 */
export function computeAdvantages(
  batch: readonly Trajectory[],
  settings: AdvantageSettings,
  coefficient: number,
): AdvantageBatch {
  const { algorithm, completionsPerPrompt: perPrompt, gamma, kl } = settings;
  const paid = rewardsOf(batch, kl, coefficient);
  const rewards = settings.whitenRewards ? whiten(paid, { shiftMean: false }) : paid;
  const values = algorithms[algorithm].hasCritic ? batch.map(({ values }) => values!) : undefined;
  const estimates = algorithms[algorithm].estimate({ rewards, values, perPrompt }, settings);
  const grouped = { rewards, perPrompt, gamma };
  return {
    ...estimates,
    kl: divergence(batch, "k1"),
    rewards: paid,
    scaled: scaleAdvantages(estimates.advantages, settings.advantageScale, grouped),
  };
}

/** Credit, less the KL penalty if tokens pay it. */
function rewardsOf(
  batch: readonly Trajectory[],
  { estimator, place }: AdvantageSettings["kl"],
  coefficient: number,
): Float64Array[] {
  if (place === "loss") return batch.map(({ credit }) => credit);
  const penalties = divergence(batch, estimator);
  return batch.map(({ credit }, i) => tokenRewards({ credit, kl: penalties[i]! }, coefficient));
}

function divergence(batch: readonly Trajectory[], estimator: KlEstimator): Float64Array[] {
  return batch.map(({ oldLogProbs: policy, referenceLogProbs: reference }) =>
    klPerToken(estimator, { policy, reference })
  );
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
