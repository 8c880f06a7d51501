/**
 * Trainer: the loop of PPO on one page. A step writes completions, has them judged, weighs every token and
 * learns from it; what it came to is written down before the next begins.
 *
 * After Schulman et al., arXiv 1707.06347, algorithm 1; for language models Ziegler et al., arXiv
 * 1909.08593, section 2.
 *
 * @module
 */

import { AbacusError, messageOf } from "../errors.ts";
import type { Checkpoints, Progress } from "./run/checkpoint.ts";
import { nextCoefficient } from "./math/kl_controller.ts";
import { assess, type Assessment, learn } from "./learn.ts";
import type { MetricsLine } from "./run/metrics.ts";
import type { PolicyEngine } from "./graphs/policy_engine.ts";
import { chooseRequests } from "./rollout/prompts.ts";
import { randomStream } from "./math/random.ts";
import { collectRollouts, type RolloutBatch, type RolloutSources } from "./rollout/rollout.ts";
import type { RunFiles } from "./run/run_files.ts";
import { sampleLines } from "./run/sample_lines.ts";
import { stepMetrics } from "./run/step_metrics.ts";
import type { TrainingSettings } from "./settings.ts";

/** All that a run is made of. */
export interface Run extends RolloutSources {
  readonly engine: PolicyEngine;
  readonly settings: TrainingSettings;
  readonly prompts: readonly Int32Array[];
  readonly files: RunFiles;
  readonly checkpoints: Checkpoints;
  /** Steps between two checkpoints. */
  readonly checkpointEvery: number;
  /** Completions of each step that samples.jsonl keeps. */
  readonly samplesPerStep: number;
  /** Told of every step that is done and written down. */
  readonly onStep?: (line: MetricsLine) => void;
}

/**
 * Trains from `progress` on, until the last step or the signal. What is done by then is kept in a
 * checkpoint, save where a step fails while it learns: its vectors are spoilt, and the last checkpoint
 * before it stands.
 *
 * @returns how far the run has come
 * @throws {AbacusError} `training_failed` where no rewards are to be had or the loss is not finite
 */
export async function train(run: Run, progress: Progress): Promise<Progress> {
  let done = progress;
  let saved = progress.step;
  const save = async () => {
    if (saved === done.step && saved > 0) return;
    await run.checkpoints.save({ progress: done, state: await run.engine.state() });
    saved = done.step;
  };
  while (done.step < run.settings.steps && !run.signal?.aborted) {
    let seen: Observation;
    try {
      seen = await observe(run, done);
    } catch (error) {
      const isStop = error instanceof AbacusError && error.kind === "cancelled";
      // Nothing was learnt of this step yet, so what is done is whole.
      await save().catch((second) => {
        throw isStop ? second : withSecond(error, second);
      });
      if (isStop) return done;
      throw error;
    }
    done = await improve(run, done, seen);
    if (done.step % run.checkpointEvery === 0) await save();
  }
  await save();
  return done;
}

/** An error that ended a run, and the one that kept its end from being saved. */
function withSecond(error: unknown, second: unknown): Error {
  const [why, whyNotSaved] = [error, second].map(messageOf);
  const message = `${why}; nor could a checkpoint be written: received ${whyNotSaved}`;
  const cause = new AggregateError([error, second], message);
  return error instanceof AbacusError ? error.with({ message, cause }) : cause;
}

/** What a step has before it learns. */
interface Observation extends RolloutBatch {
  readonly startMs: number;
  readonly assessment: Assessment;
}

/** Writes, has judged and assesses; changes nothing. */
async function observe(run: Run, before: Progress): Promise<Observation> {
  const startMs = performance.now();
  const { settings } = run;
  const random = (purpose: string) =>
    randomStream({ seed: settings.seed, step: before.step + 1, purpose });
  const requests = chooseRequests(run.prompts, settings, random("prompts"));
  const batch = await collectRollouts(requests, run, random("sampling"));
  const assessment = assess(batch.rollouts, settings, before.klCoefficient);
  return { ...batch, startMs, assessment };
}

/** Learns from what was observed and writes down what came of it. */
async function improve(run: Run, before: Progress, seen: Observation): Promise<Progress> {
  const { settings, files } = run;
  const { rollouts, assessment } = seen;
  const step = before.step + 1;
  const updateStartMs = performance.now();
  const learnt = await learn(run.engine, rollouts, {
    settings,
    assessment,
    step,
    updatesBefore: before.updates,
    random: randomStream({ seed: settings.seed, step, purpose: "minibatches" }),
  });
  const nowMs = performance.now();
  const times = { updateMs: nowMs - updateStartMs, stepMs: nowMs - seen.startMs };
  const { klCoefficient } = before;
  const line = stepMetrics({ ...seen, ...times, step, learnt, klCoefficient });
  await files.appendSamples(sampleLines(step, rollouts.slice(0, run.samplesPerStep)));
  await files.appendMetrics(line);
  run.onStep?.(line);
  const observed = { kl: line.kl, samples: rollouts.length };
  return {
    step,
    updates: before.updates + learnt.stats.length,
    klCoefficient: nextCoefficient(klCoefficient, observed, settings.kl.control),
  };
}
