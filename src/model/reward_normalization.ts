/**
 * OpenRLHF's normalisation of rewards: after training it writes the mean and the standard deviation of the
 * rewards of its evaluation set into config.json, and on request (`normalize_reward`) its model answers
 * `(reward - mean) / std`. Here too it is applied on request only, for transformers does not know it. Pure.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { ScoreRule } from "./score_rule.ts";

/** What config.json says of rewards. */
export interface RewardStatistics {
  readonly mean: number;
  readonly std: number;
}

/** Whether scores are normalised: `none` where config.json has nothing to normalise them by. */
export type Normalization = "none" | "not applied" | "applied";

type Config = Readonly<Record<string, unknown>>;

/** `mean` and `std` of a config.json, if scores can be normalised by them. */
export function rewardStatistics({ mean, std }: Config): RewardStatistics | undefined {
  const usable = typeof mean === "number" && typeof std === "number" && std > 0;
  return usable ? { mean, std } : undefined;
}

/** Which of the three it is. @param asked whether the user wants it (`--normalize-reward`) */
export function normalizationOf(config: Config, asked: boolean): Normalization {
  if (asked) return "applied";
  return rewardStatistics(config) === undefined ? "none" : "not applied";
}

/**
 * A rule whose score is normalised. What each label weighs is divided alike, so that credit by differences
 * and by gradients adds up to the normalised score.
 *
 * @throws {AbacusError} `bad_usage` where config.json has no mean and standard deviation
 */
export function normalized(rule: ScoreRule, config: Config): ScoreRule {
  const statistics = rewardStatistics(config);
  if (statistics === undefined) {
    throw new AbacusError(
      "bad_usage",
      `Cannot use --normalize-reward as "mean" and "std" of config.json must be a number and one above ` +
        `0: received ${shown(config["mean"])} and ${shown(config["std"])}`,
    );
  }
  const { mean, std } = statistics;
  const shift = mean === 0 ? rule.text : `${rule.text} ${mean < 0 ? "+" : "-"} ${Math.abs(mean)}`;
  return {
    text: `(${shift}) / ${std}`,
    weights: rule.weights.map((weight) => weight / std),
    score: (logits) => (rule.score(logits) - mean) / std,
  };
}

/** The line for whoever starts a model whose config.json has statistics that are not applied. */
export function normalizationNotes(config: Config, asked: boolean): string[] {
  const statistics = rewardStatistics(config);
  if (asked || statistics === undefined) return [];
  const { mean, std } = statistics;
  return [
    `scores are raw: config.json has OpenRLHF's "mean" ${mean} and "std" ${std}, which ` +
    `--normalize-reward applies`,
  ];
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 100);
}
