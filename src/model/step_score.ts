/**
 * Step score: what a process reward model says of one step, made of the logits that are read there. Pure.
 *
 * @module
 */

import type { Architecture } from "../architectures/architecture.ts";
import { AbacusError } from "../errors.ts";
import { type ScoreRule, scoreRule } from "./score_rule.ts";

/** The labels, and what their logits stand for. */
export type StepHead =
  & Pick<Architecture["head"], "labels">
  & Pick<NonNullable<Architecture["steps"]>, "score" | "good">;

/**
 * The rule for one step: the probability of a label (`softmax`), the logistic function of the only logit
 * (`sigmoid`), or the logits themselves, weighted as those of other models.
 *
 * Of two labels the second says that a step is good: TRL trains on the labels 0 and 1 (`PRMTrainer`), and
 * Qwen2.5-Math-PRM reads `probabilities[..., 1]` (its card).
 *
 * @param spec the `--score` setting
 * @throws {AbacusError} `bad_usage` where it names no label, or is missing for more than two
 */
export function stepScoreRule({ labels, score, good = 1 }: StepHead, spec?: string): ScoreRule {
  // A probability of the only label there is would be 1 whatever the logit.
  if (score === "logits" || (score === "softmax" && labels.length === 1)) {
    return scoreRule(labels, spec);
  }
  const checked = scoreRule(labels, spec ?? labels[good] ?? labels[0]);
  const label = labels.length === 2 && spec === undefined ? good : onlyLabel(labels, spec);
  const probability = score === "sigmoid" ? logistic : softmaxAt(label);
  return {
    text: score === "sigmoid" ? `sigmoid(${labels[label]})` : `P(${labels[label]})`,
    weights: checked.weights,
    score(logits) {
      checked.score(logits); // Refuses what is not finite, and another count of logits.
      return probability(logits);
    },
  };
}

/** The index of the label that the setting names. */
function onlyLabel(labels: readonly string[], spec: string | undefined): number {
  if (labels.length === 1) return 0;
  const index = labels.indexOf(spec?.trim() ?? "");
  if (index >= 0) return index;
  throw new AbacusError(
    "bad_usage",
    `Cannot score steps by a probability unless --score names one of the labels ${
      labels.join(", ")
    }: received ${spec === undefined ? "nothing" : `'${spec}'`}`,
  );
}

function logistic([logit = NaN]: Float32Array): number {
  return 1 / (1 + Math.exp(-logit));
}

function softmaxAt(label: number): (logits: Float32Array) => number {
  return (logits) => {
    const own = logits[label] ?? NaN;
    return 1 / logits.reduce((sum, logit) => sum + Math.exp(logit - own), 0);
  };
}
