/**
 * Metrics: the glossary of every number that a training step reports.
 *
 * The type of a line of metrics.jsonl is derived from it, and the report and the documentation quote it,
 * so that a name means the same everywhere.
 *
 * @module
 */

import { z } from "zod";

/** The definition of one metric. */
export interface Metric {
  /** A sentence without its full stop: what is measured and over what it is averaged. */
  readonly meaning: string;
  /** The unit, as on the label of an axis. */
  readonly unit: string;
  /** The paper that defines it. */
  readonly source?: string;
  /** Which direction is an improvement, if either is. */
  readonly better?: "up" | "down";
}

const ppo = "Schulman et al., Proximal Policy Optimization Algorithms, 2017, arXiv 1707.06347";
const klEstimates = "Schulman, Approximating KL Divergence, 2020";
const details = "Huang et al., The 37 Implementation Details of PPO, ICLR blog track, 2022";
const preferences =
  "Ziegler et al., Fine-Tuning Language Models from Human Preferences, 2019, arXiv 1909.08593";

/** All metrics of a step, in the order they are written and shown. */
export const glossary = {
  score_mean: {
    meaning: "score that the reward model gives a completion, mean over the step's completions",
    unit: "score",
    better: "up",
  },
  score_std: {
    meaning: "standard deviation of the score over the step's completions",
    unit: "score",
  },
  reward_mean: {
    meaning:
      "shaped score of a completion (the score itself without shaping) less its KL penalty, " +
      "whatever part of it the method gives to its tokens, mean over the step's completions",
    unit: "score",
    source: `${preferences}, equation 2`,
    better: "up",
  },
  kl: {
    meaning: "how far the policy has gone from the reference: log π − log π_ref summed over a " +
      "completion's tokens (the estimate k1), mean over completions",
    unit: "nats per completion",
    source: klEstimates,
  },
  kl_per_token: {
    meaning: "the same estimate, mean over all response tokens of the step",
    unit: "nats per token",
    source: klEstimates,
  },
  kl_coefficient: {
    meaning: "what a token pays for each nat of KL",
    unit: "score per nat",
    source: `${preferences}, section 2.2`,
  },
  policy_loss: {
    meaning: "clipped surrogate loss of the policy, mean over the step's minibatches",
    unit: "pure number",
    source: `${ppo}, equation 7, with its sign turned`,
  },
  value_loss: {
    meaning: "half the squared error of the value head, the larger of that with and that without " +
      "the limit to its change, mean over the step's minibatches",
    unit: "score squared",
    source: `${ppo}, equation 9`,
    better: "down",
  },
  entropy: {
    meaning:
      "how undecided the policy is: entropy of its next-token distribution, mean over tokens",
    unit: "nats per token",
    source: `${ppo}, equation 9`,
  },
  approx_kl: {
    meaning:
      "how far the step's updates had moved the policy when each began: the estimate k3 of " +
      "the KL from the policy that wrote, mean over minibatches",
    unit: "nats per token",
    source: klEstimates,
  },
  clip_fraction: {
    meaning: "share of tokens whose probability ratio lay outside the clip range",
    unit: "share",
    source: details,
  },
  value_clip_fraction: {
    meaning: "share of tokens whose value had moved beyond the clip range towards its return, so " +
      "that the limit decided the loss",
    unit: "share",
    source: details,
  },
  explained_variance: {
    meaning:
      "how much of the returns' variance the value head foresaw: 1 − Var(returns − values) " +
      "/ Var(returns); 1 is all of it, 0 no more than a constant would",
    unit: "share",
    source: details,
    better: "up",
  },
  advantage_std: {
    meaning: "standard deviation of the advantages before they are normalised",
    unit: "score",
  },
  gradient_norm: {
    meaning: "Euclidean norm of the whole gradient before clipping, mean over minibatches",
    unit: "pure number",
  },
  learning_rate: { meaning: "learning rate of the step's last update", unit: "pure number" },
  length_mean: { meaning: "response tokens of a completion, mean", unit: "tokens" },
  length_std: {
    meaning: "standard deviation of the response tokens of a completion",
    unit: "tokens",
  },
  ended_share: {
    meaning: "share of completions that ended by themselves, with the end-of-sequence token or a " +
      "stop text",
    unit: "share",
  },
  response_mass: {
    meaning: "share of the reward model's attention that lay on the response, mean over " +
      "completions; 1 for methods that read no attention",
    unit: "share",
  },
  updates: { meaning: "optimiser steps taken within the step", unit: "updates" },
  early_stopped: {
    meaning: "1 where updates were skipped because approx_kl passed its limit, 0 otherwise",
    unit: "0 or 1",
  },
  tokens_per_second: {
    meaning: "sampled response tokens divided by the seconds of the whole step",
    unit: "tokens per second",
    better: "up",
  },
  step_seconds: { meaning: "duration of the whole step", unit: "seconds", better: "down" },
  sample_seconds: { meaning: "time spent sampling completions", unit: "seconds", better: "down" },
  reward_seconds: {
    meaning: "time spent waiting for the reward server",
    unit: "seconds",
    better: "down",
  },
  update_seconds: { meaning: "time spent on the updates", unit: "seconds", better: "down" },
} as const satisfies Readonly<Record<string, Metric>>;

/** The name of a metric. */
export type MetricName = keyof typeof glossary;

/** One number per name; NaN if undefined in this step. */
export type Metrics = Readonly<Record<MetricName, number>>;

/** A line of metrics.jsonl. */
export type MetricsLine = { readonly step: number } & Metrics;

/** All names, in the order of the glossary. */
export const metricNames: readonly MetricName[] = Object.keys(glossary) as MetricName[];

/** Reads null, which JSON has instead of NaN and Infinity, and absent numbers as NaN. */
export const numberOrNothing = z.number().nullish().transform((value) => value ?? NaN);

/** Reads a line of metrics.jsonl. Missing metrics are NaN, unknown ones are dropped. */
export const metricsLineSchema: z.ZodType<MetricsLine> = z.object({
  step: z.int().min(0),
  ...Object.fromEntries(metricNames.map((name) => [name, numberOrNothing])) as Record<
    MetricName,
    typeof numberOrNothing
  >,
});
