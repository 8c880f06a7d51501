/**
 * Runs that nobody trained, with numbers from which the right answers are known.
 *
 * @module
 */

import type { Job } from "../../experiment/plan.ts";
import type { Run } from "../../experiment/results.ts";
import type { JudgedStep } from "../../experiment/work.ts";
import {
  type EvaluationLine,
  type EvaluationName,
  evaluationNames,
} from "../../src/ppo/run/evaluation_metrics.ts";
import { type MetricName, metricNames, type MetricsLine } from "../../src/ppo/run/metrics.ts";

/** How fast the score of each method rises: per step, up to 3. */
export const slopes: Readonly<Record<string, number>> = {
  abc: 0.2,
  abcd: 0.1,
  red: 0.3,
  gradient: 0.15,
  uniform: 0.08,
  terminal: 0.1,
};

/** A step of a run. Seeds shift the whole run by a hundredth; KL grows by a tenth per step. */
export function fakeStep(
  { method, seed, step }: { method: string; seed: number; step: number },
): MetricsLine {
  const known: Partial<Record<MetricName, number>> = {
    score_mean: Math.min(3, (slopes[method] ?? 0) * step) + seed / 100,
    score_std: 1,
    kl: step / 10,
    kl_coefficient: 0.2,
    value_loss: 1 / step,
    entropy: 3,
    length_mean: 12,
    ended_share: 0.5,
    response_mass: method === "abc" ? 0.9 : 1,
    step_seconds: 2,
    sample_seconds: 0.5,
    reward_seconds: 0.5,
    update_seconds: 1,
    tokens_per_second: 384,
  };
  const zeros = Object.fromEntries(metricNames.map((name) => [name, 0])) as Record<
    MetricName,
    number
  >;
  return { step, ...zeros, ...known };
}

/** An evaluation of a run. */
export function fakeEvaluation(
  step: number,
  known: Partial<Record<EvaluationName, number>>,
): EvaluationLine {
  const zeros = Object.fromEntries(evaluationNames.map((name) => [name, 0])) as Record<
    EvaluationName,
    number
  >;
  return { step, ...zeros, ...known };
}

/** What a run of the plan would have come to, judged and summed up. */
export function fakeRun(
  job: Job,
  change: (step: MetricsLine) => Partial<JudgedStep> = () => ({}),
): Run {
  const steps = Array.from({ length: job.steps }, (_, at) => {
    const line = fakeStep({ method: job.method, seed: job.seed, step: at + 1 });
    return {
      ...line,
      judge_mean: line.score_mean / 2,
      judged_score_mean: line.score_mean,
      ...change(line),
    };
  });
  return {
    summary: {
      ...job,
      complete: true,
      exitCode: 0,
      attempts: 1,
      seconds: 2 * job.steps,
      finishedAt: `2026-01-0${1 + job.seed % 9}T00:00:00.000Z`,
      machine: { processor: "a processor", cores: 2, deno: "2.9.6", jobs: 2 },
      versions: { "onnxruntime-node": "1.30.0" },
      settings: { credit: job.method, gamma: 1, batch: 64 },
      score: [0, 0],
      judge: [0, 0],
      lastKl: 1,
    },
    steps,
    evaluations: [],
  };
}
