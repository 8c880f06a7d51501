/**
 * From the flags of `ppo` to the trainer's settings. Pure.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { algorithms } from "../../ppo/algorithms/registry.ts";
import type { TrainingSettings } from "../../ppo/settings.ts";
import type { Settings } from "../../settings.ts";

/** The flags that determine the results of a run, in the order of the help. */
export const trainingFlags = [
  "steps",
  "seed",
  "algorithm",
  "batch",
  "completionsPerPrompt",
  "minNewTokens",
  "maxNewTokens",
  "forbiddenEnd",
  "varyLength",
  "temperature",
  "topK",
  "topP",
  "credit",
  "beta",
  "creditUnit",
  "creditPay",
  "creditPasses",
  "creditLayer",
  "klCoefficient",
  "klIn",
  "klEstimator",
  "klTarget",
  "klHorizon",
  "gamma",
  "lambda",
  "whitenRewards",
  "advantageScale",
  "epochs",
  "minibatches",
  "learningRate",
  "schedule",
  "warmUpUpdates",
  "adamBeta1",
  "adamBeta2",
  "adamEpsilon",
  "weightDecay",
  "maxGradientNorm",
  "clip",
  "clipHigh",
  "dualClip",
  "lossMean",
  "valueClip",
  "valueCoefficient",
  "entropyCoefficient",
  "critic",
  "valueWarmUpSteps",
  "stopKl",
] as const;

/** The values of those flags. */
export type TrainingFlags = Pick<Settings, typeof trainingFlags[number]>;

/** @throws {AbacusError} `bad_usage` for flags that contradict each other */
export function trainingSettings(flags: TrainingFlags): TrainingSettings {
  checkTogether(flags);
  checkAlgorithm(flags);
  // What nobody named is what is published for the algorithm.
  const { hasCritic, usual } = algorithms[flags.algorithm];
  return {
    seed: flags.seed,
    steps: flags.steps,
    algorithm: flags.algorithm,
    batch: flags.batch,
    completionsPerPrompt: perPromptOf(flags),
    epochs: flags.epochs,
    minibatches: flags.minibatches,
    length: { min: flags.minNewTokens, max: flags.maxNewTokens, varied: flags.varyLength },
    forbiddenEnd: flags.forbiddenEnd,
    rule: { temperature: flags.temperature, topK: flags.topK, topP: flags.topP },
    // What nobody named (the unit, the pay, the budget of texts, the layer) is the method's own, or what
    // the server does by itself.
    credit: {
      method: flags.credit,
      beta: flags.beta,
      unit: flags.creditUnit,
      pay: flags.creditPay,
      passes: flags.creditPasses,
      layer: flags.creditLayer,
    },
    // A target of 0 cannot be reached, so it means no target.
    kl: {
      place: flags.klIn ?? usual.klPlace,
      estimator: flags.klEstimator,
      coefficient: flags.klCoefficient,
      control: flags.klTarget === 0
        ? "fixed"
        : { target: flags.klTarget, horizon: flags.klHorizon },
    },
    gamma: flags.gamma,
    lambda: flags.lambda,
    whitenRewards: flags.whitenRewards,
    advantageScale: flags.advantageScale ?? usual.scale,
    critic: hasCritic ? flags.critic : "none",
    valueWarmUpSteps: flags.valueWarmUpSteps,
    stopKl: orInfinity(flags.stopKl),
    loss: {
      clip: flags.clip,
      clipHigh: flags.clipHigh === 0 ? flags.clip : flags.clipHigh,
      ...flags.dualClip === 0 ? {} : { dualClip: flags.dualClip },
      mean: flags.lossMean ?? usual.mean,
      valueClip: flags.valueClip,
      valueCoefficient: flags.valueCoefficient,
      entropyCoefficient: flags.entropyCoefficient,
    },
    adam: {
      learningRate: flags.learningRate,
      schedule: flags.schedule,
      warmUpUpdates: flags.warmUpUpdates,
      beta1: flags.adamBeta1,
      beta2: flags.adamBeta2,
      epsilon: flags.adamEpsilon,
      weightDecay: flags.weightDecay,
      maxGradientNorm: orInfinity(flags.maxGradientNorm),
    },
  };
}

/** Flags cannot be infinite, so 0 means no limit. */
function orInfinity(limit: number): number {
  return limit === 0 ? Infinity : limit;
}

/** Checks combinations of flags, under the names that the user wrote. */
function checkTogether(flags: TrainingFlags): void {
  const { minNewTokens, maxNewTokens, batch, minibatches, klTarget, klHorizon, topP } = flags;
  if (minNewTokens > maxNewTokens) {
    throw bad("--min-new-tokens must not be above --max-new-tokens", minNewTokens, maxNewTokens);
  }
  if (flags.varyLength && minNewTokens === 0) {
    throw bad("--vary-length samples from --min-new-tokens on, which must be at least 1", 0);
  }
  if (minibatches > batch) throw bad("--minibatches must not be above --batch", minibatches, batch);
  if (topP === 0) throw bad("--top-p must be above 0", 0);
  // Otherwise one step could make the coefficient negative (ppo/math/kl.ts).
  if (klTarget > 0 && batch >= 5 * klHorizon) {
    throw bad("--kl-horizon must be above a fifth of --batch", klHorizon, batch);
  }
}

/** Checks what the algorithm needs, and what only a critic has. */
function checkAlgorithm(flags: TrainingFlags): void {
  const { algorithm, batch, dualClip, advantageScale, critic, valueWarmUpSteps } = flags;
  const { hasCritic, perPrompt: { least } } = algorithms[algorithm];
  const perPrompt = perPromptOf(flags);
  if (perPrompt < least) {
    throw bad(
      `--algorithm ${algorithm} compares ${least} completions of a prompt or more ` +
        "(--completions-per-prompt)",
      perPrompt,
    );
  }
  if (batch % perPrompt !== 0) {
    throw bad("--batch must be a multiple of --completions-per-prompt", batch, perPrompt);
  }
  if (advantageScale === "group" && perPrompt < 2) {
    throw bad("--advantage-scale group needs 2 completions of a prompt or more", perPrompt);
  }
  if (dualClip !== 0 && dualClip <= 1) throw bad("--dual-clip must be above 1, or 0", dualClip);
  if (hasCritic) return;
  if (critic === "separate") throw bad(`--algorithm ${algorithm} has no --critic`, critic);
  if (valueWarmUpSteps > 0) {
    throw bad(`--algorithm ${algorithm} has no critic to warm up`, valueWarmUpSteps);
  }
}

function perPromptOf({ algorithm, completionsPerPrompt }: TrainingFlags): number {
  return completionsPerPrompt ?? algorithms[algorithm].perPrompt.usual;
}

function bad(reason: string, ...received: readonly (number | string)[]): AbacusError {
  return new AbacusError(
    "bad_usage",
    `Cannot train as ${reason}: received ${received.join(" and ")}`,
  );
}
