/**
 * Evaluation: what a policy writes for prompts that it is not trained on, sampled as in training and once
 * more greedily. It changes nothing of the run.
 *
 * @module
 */

import { klPerToken } from "./math/kl.ts";
import { randomStream } from "./math/random.ts";
import { rowSums } from "./math/rows.ts";
import { mean, standardDeviation } from "./math/statistics.ts";
import { type Completion, responseLength } from "./graphs/sampler_feeds.ts";
import type { Prompt, PromptedRequest } from "./rollout/prompts.ts";
import type { Decoding } from "./graphs/token_sampling.ts";
import { type RolloutSources, writeTexts } from "./rollout/rollout.ts";
import type { EvaluationLine } from "./run/evaluation_metrics.ts";
import type { TrainingSettings } from "./settings.ts";

/** On what a run is evaluated, and when. */
export interface EvaluationPlan {
  /** At least one, none of which is trained on. */
  readonly prompts: readonly Prompt[];
  /** Steps between two evaluations. */
  readonly every: number;
}

/** What an evaluation needs of a run. */
export interface Evaluated extends RolloutSources {
  readonly settings: Pick<TrainingSettings, "seed" | "batch" | "length" | "steps">;
}

/** Whether the policy is evaluated after this step: before training, at every so many, and at the end. */
export function isEvaluatedAfter(
  step: number,
  { every, steps }: { readonly every: number; readonly steps: number },
): boolean {
  return step % every === 0 || step >= steps;
}

/**
 * Evaluates the policy as it is after `step` steps. Random numbers are the same every time, so that two
 * evaluations differ by their policies alone.
 *
 * @throws {AbacusError} as `collectRollouts`
 */
export async function evaluatePolicy(
  run: Evaluated,
  { prompts }: Pick<EvaluationPlan, "prompts">,
  step: number,
): Promise<EvaluationLine> {
  const startMs = performance.now();
  const sampled = await completeAll(run, prompts, "sampled");
  const greedy = await completeAll(run, prompts, "greedy");
  return {
    step,
    eval_score_mean: meanOf(sampled, ({ score }) => score),
    eval_score_std: deviationOf(sampled, ({ score }) => score),
    eval_greedy_score_mean: meanOf(greedy, ({ score }) => score),
    eval_greedy_score_std: deviationOf(greedy, ({ score }) => score),
    eval_kl: meanOf(sampled, ({ kl }) => kl),
    eval_length_mean: meanOf(sampled, responseLength),
    eval_greedy_length_mean: meanOf(greedy, responseLength),
    eval_ended_share: meanOf(sampled, ({ ended }) => Number(ended)),
    eval_greedy_ended_share: meanOf(greedy, ({ ended }) => Number(ended)),
    eval_prompts: prompts.length,
    eval_seconds: (performance.now() - startMs) / 1000,
  };
}

/**
 * The step of the evaluation whose sampled completions score highest, the first of several; undefined if
 * that is the policy as it was given, or there is none.
 */
export function bestStep(lines: readonly EvaluationLine[]): number | undefined {
  const best = lines.reduce(
    (found, { step, eval_score_mean: score }) => score > found.score ? { step, score } : found,
    { step: 0, score: -Infinity },
  );
  return best.step === 0 ? undefined : best.step;
}

/** A completion with its score and its divergence. */
interface Judged extends Completion {
  readonly score: number;
  /** Nats, by k1; of a greedy completion it is no estimate of KL, as nothing was sampled, and NaN. */
  readonly kl: number;
}

/** One completion of every prompt, as many at a time as a step has. */
async function completeAll(
  run: Evaluated,
  prompts: readonly Prompt[],
  decoding: Decoding,
): Promise<Judged[]> {
  const { seed, batch, length: { min, max } } = run.settings;
  const random = randomStream({ seed, step: 0, purpose: `evaluation, ${decoding}` });
  const judged: Judged[] = [];
  for (let at = 0; at < prompts.length; at += batch) {
    const requests = prompts.slice(at, at + batch).map(({ ids: prompt, given }) => {
      return { prompt, limits: { min, max }, given };
    });
    judged.push(...await judge({ ...run, decoding }, requests, random));
  }
  return judged;
}

async function judge(
  run: Evaluated,
  requests: readonly PromptedRequest[],
  random: ReturnType<typeof randomStream>,
): Promise<Judged[]> {
  const { completions, texts } = await writeTexts(requests, run, random);
  const [rewards, divergences] = await Promise.all([
    run.rewards.fetchRewards(texts, run.signal),
    run.decoding === "greedy" ? undefined : divergencesOf(run, completions),
  ]);
  return completions.map((completion, i) => {
    return { ...completion, score: rewards[i]!.score, kl: divergences?.[i] ?? NaN };
  });
}

/** By the log-probabilities that the sampler reported. */
async function divergencesOf(
  { engine }: Evaluated,
  completions: readonly Completion[],
): Promise<Float64Array> {
  const { logProbs } = await engine.evaluate(completions, { whose: "reference" });
  return rowSums(
    completions.map(({ logProbs: policy }, i) =>
      klPerToken("k1", { policy, reference: logProbs[i]! })
    ),
  );
}

function meanOf(judged: readonly Judged[], of: (each: Judged) => number): number {
  return mean([Float64Array.from(judged, of)]);
}

function deviationOf(judged: readonly Judged[], of: (each: Judged) => number): number {
  return standardDeviation([Float64Array.from(judged, of)]);
}
