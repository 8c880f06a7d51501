/**
 * The training loop of PPO. Each step samples completions, fetches their rewards, computes advantages and
 * updates the policy; its metrics are written before the next step begins. At some steps the policy is
 * evaluated on other prompts.
 *
 * Schulman et al., arXiv 1707.06347, algorithm 1; for language models Ziegler et al., arXiv 1909.08593,
 * section 2.
 *
 * @module
 */

import { AbacusError, messageOf } from "../errors.ts";
import { bestStep, evaluatePolicy, type EvaluationPlan, isEvaluatedAfter } from "./evaluation.ts";
import type { PolicyEngine } from "./graphs/policy_engine.ts";
import { type AdvantageBatch, computeAdvantages } from "./math/advantages.ts";
import { nextCoefficient } from "./math/kl.ts";
import { randomStream } from "./math/random.ts";
import { shapeCredit } from "./math/score_shaping.ts";
import { sharesScore } from "./rollout/credit.ts";
import { chooseRequests, type Prompt } from "./rollout/prompts.ts";
import { collectRollouts, type RolloutBatch, type RolloutSources } from "./rollout/rollout.ts";
import type { Checkpoints, Progress } from "./run/checkpoint.ts";
import type { EvaluationLine } from "./run/evaluation_metrics.ts";
import type { MetricsLine } from "./run/metrics.ts";
import type { RunFiles } from "./run/run_files.ts";
import { sampleLines } from "./run/samples.ts";
import { stepMetrics } from "./run/step_metrics.ts";
import type { TrainingSettings } from "./settings.ts";
import { runUpdates } from "./update.ts";

/** Everything that a run needs. */
export interface Run extends RolloutSources {
  readonly engine: PolicyEngine;
  readonly settings: TrainingSettings;
  readonly prompts: readonly Prompt[];
  /** @default the policy is not evaluated */
  readonly evaluation?: EvaluationPlan | undefined;
  readonly files: RunFiles;
  readonly checkpoints: Checkpoints;
  /** Steps between two checkpoints. */
  readonly checkpointEvery: number;
  /** Completions of each step that samples.jsonl keeps. */
  readonly samplesPerStep: number;
  /** Called after each step, once its metrics are written. What it throws ends the run, without a checkpoint. */
  readonly onStep?: (line: MetricsLine) => void;
  /** Called after each evaluation, once its line is written. */
  readonly onEvaluation?: (line: EvaluationLine) => void;
}

/**
 * Trains from `progress` until the last step or the signal, and saves a checkpoint at the end. If a step
 * fails during its updates, its vectors are unusable and the previous checkpoint stays.
 *
 * @returns the progress of the run
 * @throws {AbacusError} `training_failed` if rewards are not available, or the loss or a weight is not finite;
 * `model_failure` if the policy's own numbers are not
 */
export async function train(run: Run, progress: Progress): Promise<Progress> {
  let done = progress;
  let saved = progress.step;
  const save = async () => {
    if (saved === done.step && saved > 0) return;
    const best = bestStep(await run.files.readEvaluations());
    await run.checkpoints.save({ progress: done, state: run.engine.vectors() }, best);
    saved = done.step;
  };
  // For work that leaves the vectors as they are: if it fails, no finished step is lost. A policy that no longer
  // gives numbers is none to go on from: the checkpoint before it stays.
  const savingIfFailed = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (isModelFailure(error)) throw error;
      await save().catch((second) => {
        throw isStop(error) ? second : bothErrors(error, second);
      });
      throw error;
    }
  };
  try {
    await savingIfFailed(() => evaluateIfMissing(run, done.step));
    while (done.step < run.settings.steps && !run.signal?.aborted) {
      const experience = await savingIfFailed(() => collectExperience(run, done));
      done = await updatePolicy(run, done, experience);
      const isBest = await savingIfFailed(() => evaluateIfDue(run, done.step));
      if (isBest || done.step % run.checkpointEvery === 0) await save();
    }
  } catch (error) {
    if (isStop(error)) return done;
    throw error;
  }
  await save();
  return done;
}

function isStop(error: unknown): boolean {
  return error instanceof AbacusError && error.kind === "cancelled";
}

function isModelFailure(error: unknown): boolean {
  return error instanceof AbacusError && error.kind === "model_failure";
}

/** Before the first step, or when a run resumes that was stopped in an evaluation. */
async function evaluateIfMissing(run: Run, step: number): Promise<void> {
  if (run.evaluation === undefined) return;
  const found = await run.files.readEvaluations();
  if (!found.some((line) => line.step === step)) await evaluateIfDue(run, step);
}

/**
 * Evaluates the policy after a step whose turn it is, and writes the line.
 *
 * @returns whether it is the best policy so far
 */
async function evaluateIfDue(run: Run, step: number): Promise<boolean> {
  const { evaluation, settings: { steps }, files } = run;
  if (evaluation === undefined) return false;
  if (!isEvaluatedAfter(step, { every: evaluation.every, steps })) return false;
  const line = await evaluatePolicy(run, evaluation, step);
  await files.appendMetrics(line);
  run.onEvaluation?.(line);
  return bestStep(await files.readEvaluations()) === step;
}

/** The error that ended a run, and the one that kept its checkpoint from being saved. */
function bothErrors(error: unknown, second: unknown): Error {
  const message = `${messageOf(error)}; nor could a checkpoint be saved: received ${
    messageOf(second)
  }`;
  const cause = new AggregateError([error, second], message);
  return error instanceof AbacusError ? error.with({ message, cause }) : cause;
}

/** The training data of a step. */
interface Experience extends RolloutBatch {
  readonly startMs: number;
  readonly advantages: AdvantageBatch;
  /** The part of each shaped score that no token has. */
  readonly offsets: readonly number[];
}

/** Samples completions and computes their advantages; does not change the policy. */
async function collectExperience(run: Run, before: Progress): Promise<Experience> {
  const startMs = performance.now();
  const { settings } = run;
  const random = (purpose: string) =>
    randomStream({ seed: settings.seed, step: before.step + 1, purpose });
  const requests = chooseRequests(run.prompts, settings, random("prompts"));
  const batch = await collectRollouts(requests, run, random("sampling"));
  const shares = sharesScore(settings.credit, run.rewards);
  const shaped = shapeCredit(batch.rollouts, settings.scores, { shares });
  const trajectories = batch.rollouts.map((each, i) => ({ ...each, credit: shaped[i]!.credit }));
  const advantages = computeAdvantages(trajectories, settings, before.klCoefficient);
  return { ...batch, startMs, advantages, offsets: shaped.map(({ offset }) => offset) };
}

/** Makes the updates of a step, and writes its samples and metrics. */
async function updatePolicy(
  run: Run,
  before: Progress,
  experience: Experience,
): Promise<Progress> {
  const { settings, files } = run;
  const { rollouts, advantages, startMs } = experience;
  const step = before.step + 1;
  const updateStartMs = performance.now();
  const random = randomStream({ seed: settings.seed, step, purpose: "minibatches" });
  const { klCoefficient, updates: updatesBefore } = before;
  const phase = { settings, rollouts, advantages, step, updatesBefore, klCoefficient, random };
  const result = await runUpdates(run.engine, phase);
  const nowMs = performance.now();
  const times = { updateMs: nowMs - updateStartMs, stepMs: nowMs - startMs };
  const line = stepMetrics({ ...experience, ...times, step, result, klCoefficient });
  await files.appendSamples(sampleLines(step, rollouts.slice(0, run.samplesPerStep)));
  await files.appendMetrics(line);
  run.onStep?.(line);
  const observed = { kl: line.kl, samples: rollouts.length };
  // While the critic alone is trained, KL says nothing of the coefficient.
  const isAdapted = step > settings.valueWarmUpSteps;
  return {
    step,
    updates: before.updates + result.stats.length,
    klCoefficient: isAdapted
      ? nextCoefficient(klCoefficient, observed, settings.kl.control)
      : klCoefficient,
  };
}
