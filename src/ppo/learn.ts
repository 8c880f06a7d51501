/**
 * Learning: from rollouts to updates. Rewards per token, advantages, and a few epochs of minibatches.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { type Advantages, estimateAdvantages } from "./math/advantages.ts";
import { klPerToken } from "./math/kl.ts";
import { minibatches } from "./minibatches.ts";
import type { PolicyEngine, UpdateStats } from "./graphs/policy_engine.ts";
import type { RandomSource } from "./math/random.ts";
import type { Rollout } from "./rollout/rollout.ts";
import type { Rows } from "./math/rows.ts";
import { tokenRewards } from "./math/token_rewards.ts";
import type { TrainingSettings } from "./settings.ts";
import { whiten } from "./math/whiten.ts";

/** What the completions of a step come to, a row per completion. */
export interface Assessment {
  /** Estimates of log pi / pi_ref by k1, whatever the penalty is made of. */
  readonly kl: Rows;
  /** Credit less the cost of KL. */
  readonly rewards: Rows;
  /** As estimated, before they are whitened. */
  readonly advantages: Rows;
  readonly returns: Rows;
}

/** Rewards and advantages of every token. */
export function assess(
  rollouts: readonly Rollout[],
  { kl, gamma, lambda, whitenRewards }: TrainingSettings,
  coefficient: number,
): Assessment {
  const divergence = (estimator: typeof kl.estimator) =>
    rollouts.map(({ oldLogProbs: policy, referenceLogProbs: reference }) =>
      klPerToken(estimator, { policy, reference })
    );
  const costs = divergence(kl.estimator);
  const paid = rollouts.map(({ credit }, i) =>
    tokenRewards({ credit, kl: costs[i]! }, coefficient)
  );
  const rewards = whitenRewards ? whiten(paid, { shiftMean: false }) : paid;
  const estimated: readonly Advantages[] = rollouts.map(({ values }, i) =>
    estimateAdvantages({ rewards: rewards[i]!, values }, { gamma, lambda })
  );
  return {
    kl: divergence("k1"),
    rewards: paid,
    advantages: estimated.map(({ advantages }) => advantages),
    returns: estimated.map(({ returns }) => returns),
  };
}

/** What a step's updates came to. */
export interface Learnt {
  /** Of every update, in order. */
  readonly stats: readonly UpdateStats[];
  readonly earlyStopped: boolean;
}

/** How a step's updates are made. */
export interface LearningTask {
  readonly settings: TrainingSettings;
  readonly assessment: Assessment;
  /** The number of the step, from 1, and the updates of the run before its own. */
  readonly step: number;
  readonly updatesBefore: number;
  readonly random: RandomSource;
}

/**
 * Goes through the rollouts `epochs` times, in minibatches, until it is done or an update finds that the
 * policy had moved too far already.
 *
 * @throws {AbacusError} `training_failed` where the loss or the gradient is not finite
 */
export async function learn(
  engine: PolicyEngine,
  rollouts: readonly Rollout[],
  { settings, assessment, step, updatesBefore, random }: LearningTask,
): Promise<Learnt> {
  const criticOnly = step <= settings.valueWarmUpSteps;
  const criticUpdates = settings.valueWarmUpSteps * settings.epochs * settings.minibatches;
  const whitened = whiten(assessment.advantages);
  const stats: UpdateStats[] = [];
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    const parts = minibatches(random, { count: rollouts.length, parts: settings.minibatches });
    for (const part of parts) {
      const lesson = {
        sequences: part.map((i) => rollouts[i]!),
        logProbs: part.map((i) => rollouts[i]!.oldLogProbs),
        values: part.map((i) => rollouts[i]!.values),
        advantages: part.map((i) => whitened[i]!),
        returns: part.map((i) => assessment.returns[i]!),
      };
      const count = updatesBefore + stats.length + 1;
      const policyCount = criticOnly ? count : count - criticUpdates;
      const update = await engine.update(lesson, { count, policyCount, criticOnly });
      expectFinite(update, step);
      stats.push(update);
      // A policy that stays has not moved, whatever rounding says; so its updates can be counted above.
      if (!criticOnly && update.approx_kl > settings.stopKl) return { stats, earlyStopped: true };
    }
  }
  return { stats, earlyStopped: false };
}

function expectFinite(stats: UpdateStats, step: number): void {
  const wrong = Object.entries(stats).find(([, value]) => !Number.isFinite(value));
  if (wrong === undefined) return;
  throw new AbacusError(
    "training_failed",
    `Cannot go on from step ${step} as ${wrong[0]} is not finite: received ${wrong[1]}`,
  );
}
