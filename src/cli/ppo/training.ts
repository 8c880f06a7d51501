/**
 * From the flags of `ppo` to the trainer's settings. Pure.
 *
 * @module
 */

import { algorithms } from "../../ppo/algorithms/registry.ts";
import type { TrainingSettings } from "../../ppo/settings.ts";
import type { Settings } from "../../settings.ts";
import { completionsPerPrompt, expectAgreement } from "./agreement.ts";

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
  "stop",
  "temperature",
  "topK",
  "topP",
  "credit",
  "beta",
  "creditUnit",
  "creditPay",
  "creditPasses",
  "creditLayer",
  "scoreCenter",
  "scoreScale",
  "scoreClip",
  "missingEndPenalty",
  "klCoefficient",
  "klIn",
  "klEstimator",
  "klTarget",
  "klHorizon",
  "gamma",
  "lambda",
  "valueLambda",
  "whitenRewards",
  "advantageScale",
  "epochs",
  "minibatches",
  "accumulate",
  "learningRate",
  "schedule",
  "warmUpUpdates",
  "adamBeta1",
  "adamBeta2",
  "adamEpsilon",
  "weightDecay",
  "maxGradientNorm",
  "criticLearningRate",
  "criticMaxGradientNorm",
  "clip",
  "clipHigh",
  "dualClip",
  "lossMean",
  "valueClip",
  "valueCoefficient",
  "entropyCoefficient",
  "critic",
  "loraRank",
  "loraAlpha",
  "loraModules",
  "valueWarmUpSteps",
  "stopKl",
] as const;

/** The values of those flags. */
export type TrainingFlags = Pick<Settings, typeof trainingFlags[number]>;

/**
 * The settings that flags ask for. What nobody named is what is published for the algorithm.
 *
 * @throws {AbacusError} `bad_usage` for flags that contradict each other
 */
export function trainingSettings(flags: TrainingFlags): TrainingSettings {
  expectAgreement(flags);
  const { hasCritic, usual } = algorithms[flags.algorithm];
  return {
    seed: flags.seed,
    steps: flags.steps,
    algorithm: flags.algorithm,
    batch: flags.batch,
    completionsPerPrompt: completionsPerPrompt(flags),
    epochs: flags.epochs,
    minibatches: flags.minibatches,
    accumulate: flags.accumulate,
    length: { min: flags.minNewTokens, max: flags.maxNewTokens, varied: flags.varyLength },
    stop: flags.stop,
    forbiddenEnd: flags.forbiddenEnd,
    rule: { temperature: flags.temperature, topK: flags.topK, topP: flags.topP },
    ...rewardsOf(flags),
    gamma: flags.gamma,
    lambda: flags.lambda,
    valueLambda: flags.valueLambda,
    whitenRewards: flags.whitenRewards,
    advantageScale: flags.advantageScale ?? usual.scale,
    critic: hasCritic ? flags.critic : "none",
    valueWarmUpSteps: flags.valueWarmUpSteps,
    stopKl: orInfinity(flags.stopKl),
    loss: lossOf(flags),
    adam: adamOf(flags),
    ...adapterOf(flags),
  };
}

/** What scores become, and what KL costs. */
function rewardsOf(flags: TrainingFlags): Pick<TrainingSettings, "credit" | "scores" | "kl"> {
  return {
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
    scores: {
      center: flags.scoreCenter,
      scale: flags.scoreScale,
      clip: orInfinity(flags.scoreClip),
      missingEndPenalty: flags.missingEndPenalty,
    },
    kl: {
      place: flags.klIn ?? algorithms[flags.algorithm].usual.klPlace,
      estimator: flags.klEstimator,
      coefficient: flags.klCoefficient,
      // A target of 0 cannot be reached, so it means no target.
      control: flags.klTarget === 0
        ? "fixed"
        : { target: flags.klTarget, horizon: flags.klHorizon },
    },
  };
}

/** The loss. A range of 0 would leave no room, so it means the other one. */
function lossOf(flags: TrainingFlags): TrainingSettings["loss"] {
  return {
    clip: flags.clip,
    clipHigh: flags.clipHigh === 0 ? flags.clip : flags.clipHigh,
    ...flags.dualClip === 0 ? {} : { dualClip: flags.dualClip },
    mean: flags.lossMean ?? algorithms[flags.algorithm].usual.mean,
    valueClip: flags.valueClip,
    valueCoefficient: flags.valueCoefficient,
    entropyCoefficient: flags.entropyCoefficient,
  };
}

/** The optimizer. */
function adamOf(flags: TrainingFlags): TrainingSettings["adam"] {
  return {
    learningRate: flags.learningRate,
    schedule: flags.schedule,
    warmUpUpdates: flags.warmUpUpdates,
    beta1: flags.adamBeta1,
    beta2: flags.adamBeta2,
    epsilon: flags.adamEpsilon,
    weightDecay: flags.weightDecay,
    maxGradientNorm: orInfinity(flags.maxGradientNorm),
    ...ofCritic(flags),
  };
}

/** The adapter, if one is trained; what nobody named is as in peft. */
function adapterOf(
  { loraRank: rank, loraAlpha: alpha = 8, loraModules: modules }: TrainingFlags,
): Pick<TrainingSettings, "adapter"> {
  return rank === 0 ? {} : { adapter: { rank, alpha, modules } };
}

/** What the optimizer does with the critic alone, if anything. */
function ofCritic(
  { criticLearningRate: learningRate, criticMaxGradientNorm: norm }: TrainingFlags,
): Pick<TrainingSettings["adam"], "critic"> {
  if (learningRate === undefined && norm === undefined) return {};
  const maxGradientNorm = norm === undefined ? undefined : orInfinity(norm);
  return { critic: { learningRate, maxGradientNorm } };
}

/** Flags cannot be infinite, so 0 means no limit. */
function orInfinity(limit: number): number {
  return limit === 0 ? Infinity : limit;
}
