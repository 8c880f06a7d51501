/**
 * Update phase: trains on the rollouts of a step for a few epochs of shuffled minibatches.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { Minibatch, PolicyEngine, UpdateStats } from "./graphs/policy_engine.ts";
import type { AdvantageBatch } from "./math/advantages.ts";
import { type RandomSource, shuffle } from "./math/random.ts";
import type { Rollout } from "./rollout/rollout.ts";
import { criticUpdates, type TrainingSettings } from "./settings.ts";

/** Inputs of a step's update phase. */
export interface UpdatePhase {
  readonly settings: TrainingSettings;
  readonly rollouts: readonly Rollout[];
  readonly advantages: AdvantageBatch;
  /** The number of the step, from 1. */
  readonly step: number;
  /** Updates of the run before this step. */
  readonly updatesBefore: number;
  /** What a nat of KL costs in this step, where KL is a term of the loss. */
  readonly klCoefficient: number;
  readonly random: RandomSource;
}

/** Results of a step's updates. */
export interface UpdateResult {
  /** Of every update, in order. */
  readonly stats: readonly UpdateStats[];
  /** Whether the KL limit ended the updates early, so that some were skipped. */
  readonly earlyStopped: boolean;
}

/**
 * Trains on the rollouts for `epochs` epochs, or until an update finds that the policy has moved further
 * than `stopKl` from the one that sampled.
 *
 * @throws {AbacusError} `training_failed` if the loss or the gradient is not finite
 */
export async function runUpdates(engine: PolicyEngine, phase: UpdatePhase): Promise<UpdateResult> {
  const { settings, rollouts, step, updatesBefore, klCoefficient, random } = phase;
  const criticOnly = step <= settings.valueWarmUpSteps;
  const stats: UpdateStats[] = [];
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    const parts = { count: rollouts.length, parts: settings.minibatches };
    for (const part of shuffledMinibatches(random, parts)) {
      const minibatch = minibatchOf(part, phase);
      const count = updatesBefore + stats.length + 1;
      const policyCount = criticOnly ? count : count - criticUpdates(settings);
      const options = { count, policyCount, criticOnly, klCoefficient };
      const update = await engine.update(minibatch, options);
      expectFinite(update, step);
      stats.push(update);
      // Updates of the critic alone never stop early, so that all of them are made.
      if (!criticOnly && update.approx_kl > settings.stopKl) {
        return { stats, earlyStopped: stats.length < settings.epochs * settings.minibatches };
      }
    }
  }
  return { stats, earlyStopped: false };
}

/** The rollouts of a minibatch, by their indices, with what they are trained on. */
function minibatchOf(part: readonly number[], { rollouts, advantages }: UpdatePhase): Minibatch {
  const { scaled, returns } = advantages;
  return {
    sequences: part.map((i) => rollouts[i]!),
    logProbs: part.map((i) => rollouts[i]!.oldLogProbs),
    referenceLogProbs: part.map((i) => rollouts[i]!.referenceLogProbs),
    advantages: part.map((i) => scaled[i]!),
    ...(returns === undefined
      ? {}
      : { values: part.map((i) => rollouts[i]!.values!), returns: part.map((i) => returns[i]!) }),
  };
}

/**
 * Splits the indices 0 to `count` - 1, shuffled, into minibatches. If `parts` does not divide `count`, the
 * first `count % parts` minibatches have one index more, so that none is dropped.
 *
 * @returns `parts` lists, none empty
 * @throws {RangeError} unless `parts` is an integer from 1 to `count`
 */
export function shuffledMinibatches(
  random: RandomSource,
  { count, parts }: { readonly count: number; readonly parts: number },
): number[][] {
  if (!Number.isInteger(count) || !Number.isInteger(parts) || parts < 1 || parts > count) {
    const received = `received ${count} in ${parts} parts`;
    throw new RangeError(`Cannot split a batch as no minibatch may be empty: ${received}`);
  }
  const order = shuffle(random, Array.from({ length: count }, (_, index) => index));
  const [size, longer] = [Math.floor(count / parts), count % parts];
  const startOf = (part: number) => part * size + Math.min(part, longer);
  return Array.from({ length: parts }, (_, part) => order.slice(startOf(part), startOf(part + 1)));
}

function expectFinite(stats: UpdateStats, step: number): void {
  const wrong = Object.entries(stats).find(([, value]) => !Number.isFinite(value));
  if (wrong === undefined) return;
  throw new AbacusError(
    "training_failed",
    `Cannot continue from step ${step} as ${wrong[0]} is not finite: received ${wrong[1]}`,
  );
}
