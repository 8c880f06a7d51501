/**
 * How a model's logits become its score: the rule for its labels, normalised where that is asked for.
 *
 * @module
 */

import type { Architecture } from "../architectures/architecture.ts";
import { AbacusError } from "../errors.ts";
import type { Blueprint } from "./blueprint.ts";
import {
  type Normalization,
  normalizationNotes,
  normalizationOf,
  normalized,
} from "./reward_normalization.ts";
import { type ScoreRule, scoreRule } from "./score_rule.ts";
import { stepScoreRule } from "./step_score.ts";

/** What the user says of it. */
export interface ScoringOptions {
  /** How several labels become one score. */
  readonly score?: string | undefined;
  /** Whether scores are normalised by `mean` and `std` of config.json. @default false */
  readonly normalizeReward?: boolean | undefined;
}

/** The rule, and what is to be said of it. */
export interface Scoring {
  readonly rule: ScoreRule;
  readonly normalization: Normalization;
  /** Lines for whoever starts the model. */
  readonly notes: readonly string[];
}

/** @throws {AbacusError} `bad_usage` where the labels or config.json do not have what is asked for */
export function scoringOf(
  { config, architecture }: Pick<Blueprint, "config"> & {
    readonly architecture: Pick<Architecture, "name" | "steps"> & {
      readonly head: Pick<Architecture["head"], "labels" | "usual">;
    };
  },
  { score, normalizeReward = false }: ScoringOptions,
): Scoring {
  const { steps, head: { labels, usual } } = architecture;
  if (steps !== undefined && normalizeReward) throw normalizedSteps(architecture.name);
  const raw = steps === undefined
    ? scoreRule(labels, score ?? usual)
    : stepScoreRule({ labels, ...steps }, score);
  return {
    rule: normalizeReward ? normalized(raw, config) : raw,
    normalization: normalizationOf(config, normalizeReward),
    notes: normalizationNotes(config, normalizeReward),
  };
}

function normalizedSteps(name: string): AbacusError {
  return new AbacusError(
    "bad_usage",
    "Cannot use --normalize-reward as its statistics are those of scores of whole completions: " +
      `received ${name}, which scores steps`,
  );
}
