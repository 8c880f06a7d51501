/**
 * How a model's logits become its score: the rule for its labels, normalised where that is asked for.
 *
 * @module
 */

import type { Blueprint } from "./blueprint.ts";
import {
  type Normalization,
  normalizationNotes,
  normalizationOf,
  normalized,
} from "./reward_normalization.ts";
import { type ScoreRule, scoreRule } from "./score_rule.ts";

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
    readonly architecture: { readonly head: Pick<Blueprint["architecture"]["head"], "labels"> };
  },
  { score, normalizeReward = false }: ScoringOptions,
): Scoring {
  const raw = scoreRule(architecture.head.labels, score);
  return {
    rule: normalizeReward ? normalized(raw, config) : raw,
    normalization: normalizationOf(config, normalizeReward),
    notes: normalizationNotes(config, normalizeReward),
  };
}
