/**
 * The metrics of one step. Pure.
 *
 * @module
 */

import type { UpdateStats } from "../graphs/policy_engine.ts";
import { responseLength } from "../graphs/sampler_feeds.ts";
import type { AdvantageBatch } from "../math/advantages.ts";
import { count, rowSums } from "../math/rows.ts";
import { explainedVariance, mean, standardDeviation } from "../math/statistics.ts";
import type { Rollout } from "../rollout/rollout.ts";
import type { UpdateResult } from "../update.ts";
import type { MetricsLine } from "./metrics.ts";

/** Results of a finished step. */
export interface StepRecord {
  readonly step: number;
  readonly rollouts: readonly Rollout[];
  readonly advantages: AdvantageBatch;
  /** The part of each score that no token has, in the unit of the rewards: that of the shaped score. */
  readonly offsets: readonly number[];
  readonly result: UpdateResult;
  readonly klCoefficient: number;
  readonly sampleMs: number;
  readonly rewardMs: number;
  readonly updateMs: number;
  readonly stepMs: number;
}

/** One number for every metric of the glossary; NaN for those of a critic that is not there. */
export function stepMetrics(record: StepRecord): MetricsLine {
  const { step, rollouts, advantages, result: { stats, earlyStopped } } = record;
  const scores = row(rollouts, ({ score }) => score);
  const lengths = row(rollouts, responseLength);
  const averaged = (name: keyof UpdateStats) =>
    stats.reduce((sum, update) => sum + (update[name] ?? NaN), 0) / stats.length;
  return {
    step,
    score_mean: mean(scores),
    score_std: standardDeviation(scores),
    reward_mean: mean([rowSums(advantages.rewards)]) + mean([Float64Array.from(record.offsets)]),
    kl: mean([rowSums(advantages.kl)]),
    kl_per_token: mean(advantages.kl),
    kl_coefficient: record.klCoefficient,
    policy_loss: averaged("policy_loss"),
    value_loss: averaged("value_loss"),
    entropy: averaged("entropy"),
    approx_kl: averaged("approx_kl"),
    clip_fraction: averaged("clip_fraction"),
    value_clip_fraction: averaged("value_clip_fraction"),
    explained_variance: advantages.returns === undefined ? NaN : explainedVariance({
      values: rollouts.map(({ values }) => values!),
      returns: advantages.returns,
    }),
    advantage_std: standardDeviation(advantages.advantages),
    gradient_norm: averaged("gradient_norm"),
    learning_rate: stats.at(-1)?.learning_rate ?? NaN,
    length_mean: mean(lengths),
    length_std: standardDeviation(lengths),
    ended_share: mean(row(rollouts, ({ ended }) => Number(ended))),
    response_mass: mean(row(rollouts, ({ responseMass }) => responseMass)),
    updates: stats.length,
    early_stopped: Number(earlyStopped),
    tokens_per_second: count(advantages.kl) / (record.stepMs / 1000),
    step_seconds: record.stepMs / 1000,
    sample_seconds: record.sampleMs / 1000,
    reward_seconds: record.rewardMs / 1000,
    update_seconds: record.updateMs / 1000,
  };
}

/** One number per completion, as a single row. */
function row(rollouts: readonly Rollout[], of: (rollout: Rollout) => number): [Float64Array] {
  return [Float64Array.from(rollouts, of)];
}
