/**
 * How the outputs of a reward head become one score. Pure; knows labels, never a model.
 *
 * The score is raw: a sum of weighted logits, without sigmoid or softmax.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { nearest } from "../spelling.ts";

/** From a row of logits to a score. */
export interface ScoreRule {
  /** The rule in words, e.g. `LABEL_1 - LABEL_0` or `0.6 helpful + 0.4 honest`. */
  readonly text: string;
  /** What each label's logit weighs in the score. */
  readonly weights: readonly number[];
  /**
   * @param logits one per label
   * @throws {AbacusError} `model_failure` where a logit is not finite
   */
  score(logits: Float32Array): number;
}

/**
 * The rule for a head with these labels. One label is the score; of two it is the second minus the
 * first (the authors of ABC read sentiment that way); more need a setting: a label, `label=weight,...`
 * or one weight per label.
 *
 * @param spec the `--score` setting
 * @throws {AbacusError} `bad_usage` where it does not fit or is missing, naming the labels
 *
 * @example The difference of two labels, and a blend of three
 * ```ts
 * import { scoreRule } from "./score_rule.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(scoreRule(["bad", "good"]).score(new Float32Array([1, 3])), 2);
 * assert.equal(scoreRule(["a", "b", "c"], "a=0.5,c=-1").text, "0.5 a - c");
 * ```
 */
export function scoreRule(labels: readonly string[], spec?: string): ScoreRule {
  const weights = spec === undefined ? usualWeights(labels) : weightsOf(labels, spec);
  return {
    text: sumText(labels, weights),
    weights,
    score: (logits) => weightedSum(logits, { labels, weights }),
  };
}

function usualWeights(labels: readonly string[]): number[] {
  if (labels.length === 1) return [1];
  if (labels.length === 2) return [-1, 1];
  throw new AbacusError(
    "bad_usage",
    `Cannot make one score of ${labels.length} labels unless --score names one of them or weights such as ${
      labels.slice(0, 2).map((label) => `${label}=0.5`).join(",")
    }: received the labels ${labels.join(", ")}`,
  );
}

function weightsOf(labels: readonly string[], spec: string): number[] {
  const asked = spec.trim();
  if (labels.includes(asked)) return addWeights(labels, [[asked, 1]]);
  const parts = asked.split(",").map((part) => part.trim());
  const weights = parts.every((part) => part.includes("="))
    ? addWeights(labels, parts.map(readPair))
    : parts.every(isNumber) && parts.length > 1
    ? onePerLabel(labels, parts.map(Number))
    : addWeights(labels, [[asked, 1]]);
  if (weights.every((weight) => weight === 0)) {
    throw badScore("some weight must differ from 0", spec);
  }
  return weights;
}

/** A label may hold an equals sign itself, so the last one counts. */
function readPair(part: string): [label: string, weight: number] {
  const cut = part.lastIndexOf("=");
  const weight = part.slice(cut + 1).trim();
  if (!isNumber(weight)) throw badScore("each weight must be a finite number", part);
  return [part.slice(0, cut).trim(), Number(weight)];
}

function isNumber(text: string): boolean {
  return text !== "" && Number.isFinite(Number(text));
}

function onePerLabel(labels: readonly string[], weights: readonly number[]): number[] {
  if (weights.length === labels.length) return [...weights];
  throw badScore(
    `the labels ${labels.join(", ")} need one weight each`,
    `${weights.length} weights`,
  );
}

function addWeights(labels: readonly string[], pairs: readonly [string, number][]): number[] {
  const weights = labels.map(() => 0);
  const seen = new Set<number>();
  for (const [label, weight] of pairs) {
    const index = labels.indexOf(label);
    if (index < 0) throw unknownLabel(label, labels);
    if (labels.lastIndexOf(label) !== index) {
      throw badScore("the model has two labels of that name", label);
    }
    if (seen.has(index)) throw badScore("a label may be named once", label);
    seen.add(index);
    weights[index] = weight;
  }
  return weights;
}

function unknownLabel(label: string, labels: readonly string[]): AbacusError {
  const meant = nearest(label, labels);
  const hint = meant === undefined ? "" : `, of which ${meant} is the nearest`;
  return badScore(`the model's labels are ${labels.join(", ")}${hint}`, label);
}

function badScore(reason: string, received: string): AbacusError {
  return new AbacusError("bad_usage", `Cannot use --score as ${reason}: received '${received}'`);
}

/** `LABEL_1 - LABEL_0`: terms that are added first, so that none starts with a sign if one can. */
export function sumText(labels: readonly string[], weights: readonly number[]): string {
  const terms = labels.map((label, i) => ({ label, weight: weights[i] ?? 0 }));
  const ordered = [
    ...terms.filter(({ weight }) => weight > 0),
    ...terms.filter(({ weight }) => weight < 0),
  ];
  return ordered.map(({ label, weight }, i) => {
    const name = ordered.length > 1 ? inSum(label) : label;
    const size = Math.abs(weight) === 1 ? name : `${Math.abs(weight)} ${name}`;
    if (i === 0) return weight < 0 ? `-${size}` : size;
    return weight < 0 ? `- ${size}` : `+ ${size}`;
  }).join(" ");
}

/** In quotes where it would not be told from the weights and signs around it, as `2 stars`. */
function inSum(label: string): string {
  return /^[^\d\s+-]\S*$/.test(label) ? label : `"${label}"`;
}

/** Logits without a say in the score must be finite too: a model that made them NaN is broken. */
function weightedSum(
  logits: Float32Array,
  { labels, weights }: { labels: readonly string[]; weights: readonly number[] },
): number {
  if (logits.length !== labels.length) {
    throw new AbacusError(
      "model_failure",
      `Cannot score as the head has ${labels.length} labels: received ${logits.length} logits`,
    );
  }
  let sum = 0;
  for (const [i, weight] of weights.entries()) {
    const logit = logits[i]!;
    if (!Number.isFinite(logit)) {
      throw new AbacusError(
        "model_failure",
        `Cannot score as the logit of ${labels[i]} is not finite: received ${logit}`,
      );
    }
    // Skipped, so that a score of 0 never comes out as -0.
    if (weight !== 0) sum += weight * logit;
  }
  return sum;
}
