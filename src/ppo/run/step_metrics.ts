/**
 * The metrics of one step, out of what the step did. Pure.
 *
 * @module
 */

import type { Assessment, Learnt } from "../learn.ts";
import type { MetricsLine } from "./metrics.ts";
import type { UpdateStats } from "../graphs/policy_engine.ts";
import type { Rollout } from "../rollout/rollout.ts";
import { responseLength } from "../graphs/sampler_feeds.ts";
import { count, explainedVariance, mean, rowSums, standardDeviation } from "../math/statistics.ts";

/** What is known once a step is over. */
export interface StepRecord {
  readonly step: number;
  readonly rollouts: readonly Rollout[];
  readonly assessment: Assessment;
  readonly learnt: Learnt;
  readonly klCoefficient: number;
  readonly sampleMs: number;
  readonly rewardMs: number;
  readonly updateMs: number;
  readonly stepMs: number;
}

/** One number for every name of the glossary. */
export function stepMetrics(record: StepRecord): MetricsLine {
  const { step, rollouts, assessment, learnt: { stats, earlyStopped } } = record;
  const scores = row(rollouts, ({ score }) => score);
  const lengths = row(rollouts, responseLength);
  const averaged = (name: keyof UpdateStats) =>
    stats.reduce((sum, update) => sum + update[name], 0) / stats.length;
  return {
    step,
    score_mean: mean(scores),
    score_std: standardDeviation(scores),
    reward_mean: mean([rowSums(assessment.rewards)]),
    kl: mean([rowSums(assessment.kl)]),
    kl_per_token: mean(assessment.kl),
    kl_coefficient: record.klCoefficient,
    policy_loss: averaged("policy_loss"),
    value_loss: averaged("value_loss"),
    entropy: averaged("entropy"),
    approx_kl: averaged("approx_kl"),
    clip_fraction: averaged("clip_fraction"),
    value_clip_fraction: averaged("value_clip_fraction"),
    explained_variance: explainedVariance({
      values: rollouts.map(({ values }) => values),
      returns: assessment.returns,
    }),
    advantage_std: standardDeviation(assessment.advantages),
    gradient_norm: averaged("gradient_norm"),
    learning_rate: stats.at(-1)?.learning_rate ?? NaN,
    length_mean: mean(lengths),
    length_std: standardDeviation(lengths),
    ended_share: mean(row(rollouts, ({ ended }) => Number(ended))),
    response_mass: mean(row(rollouts, ({ responseMass }) => responseMass)),
    updates: stats.length,
    early_stopped: Number(earlyStopped),
    tokens_per_second: count(assessment.kl) / (record.stepMs / 1000),
    step_seconds: record.stepMs / 1000,
    sample_seconds: record.sampleMs / 1000,
    reward_seconds: record.rewardMs / 1000,
    update_seconds: record.updateMs / 1000,
  };
}

/** One number per completion, as the one row of a batch. */
function row(rollouts: readonly Rollout[], of: (rollout: Rollout) => number): [Float64Array] {
  return [Float64Array.from(rollouts, of)];
}
