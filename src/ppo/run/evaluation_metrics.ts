/**
 * Evaluation metrics: the glossary of what an evaluation reports, on prompts that are not trained on. Its
 * lines stand in metrics.jsonl between those of steps.
 *
 * @module
 */

import { z } from "zod";
import { glossary, type Metric, numberOrNothing } from "./metrics.ts";

/** All metrics of an evaluation, in the order they are written and shown. */
export const evaluationGlossary = {
  eval_score_mean: {
    meaning: "score of completions sampled for the evaluation's prompts, mean",
    unit: "score",
    better: "up",
  },
  eval_score_std: { meaning: "standard deviation of those scores", unit: "score" },
  eval_greedy_score_mean: {
    meaning: "score of the completions of the most likely tokens for the same prompts, mean",
    unit: "score",
    better: "up",
  },
  eval_greedy_score_std: { meaning: "standard deviation of the greedy scores", unit: "score" },
  eval_kl: {
    meaning:
      "log π − log π_ref summed over the tokens of a sampled completion (the estimate k1), " +
      "mean over the evaluation",
    unit: "nats per completion",
    source: glossary.kl.source,
  },
  eval_length_mean: { meaning: "tokens of a sampled completion, mean", unit: "tokens" },
  eval_greedy_length_mean: { meaning: "tokens of a greedy completion, mean", unit: "tokens" },
  eval_ended_share: {
    meaning: "share of the sampled completions that ended by themselves, with the " +
      "end-of-sequence token or a stop text",
    unit: "share",
  },
  eval_greedy_ended_share: {
    meaning: "share of the greedy completions that ended by themselves, with the " +
      "end-of-sequence token or a stop text",
    unit: "share",
  },
  eval_prompts: { meaning: "prompts of the evaluation", unit: "prompts" },
  eval_seconds: { meaning: "duration of the evaluation", unit: "seconds", better: "down" },
} as const satisfies Readonly<Record<string, Metric>>;

/** The name of one. */
export type EvaluationName = keyof typeof evaluationGlossary;

/** One evaluation: of the policy after `step` steps, 0 before training. */
export type EvaluationLine =
  & { readonly step: number }
  & Readonly<Record<EvaluationName, number>>;

/** All names, in the order of the glossary. */
export const evaluationNames: readonly EvaluationName[] = Object.keys(
  evaluationGlossary,
) as EvaluationName[];

/** Reads an evaluation from a line of metrics.jsonl; refuses the line of a step. */
export const evaluationLineSchema: z.ZodType<EvaluationLine> = z.object({
  step: z.int().min(0),
  ...Object.fromEntries(evaluationNames.map((name) => [name, numberOrNothing])) as Record<
    EvaluationName,
    typeof numberOrNothing
  >,
});

/** Whether a line of metrics.jsonl is that of an evaluation. */
export function isEvaluation(line: object): boolean {
  return "eval_score_mean" in line;
}
