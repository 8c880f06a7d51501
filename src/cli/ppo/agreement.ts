/**
 * Agreement: flags of `ppo` that contradict each other. Pure.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { algorithms } from "../../ppo/algorithms/registry.ts";
import type { TrainingFlags } from "./training.ts";

/**
 * Checks combinations of flags, under the names that the user wrote.
 *
 * @throws {AbacusError} `bad_usage` for the first that contradict each other
 */
export function expectAgreement(flags: TrainingFlags): void {
  checkNumbers(flags);
  checkAlgorithm(flags);
  checkEffect(flags);
}

/** Checks numbers that limit each other. */
function checkNumbers(flags: TrainingFlags): void {
  const { minNewTokens, maxNewTokens, batch, minibatches, klTarget, klHorizon, topP } = flags;
  if (minNewTokens > maxNewTokens) {
    throw bad("--min-new-tokens must not be above --max-new-tokens", minNewTokens, maxNewTokens);
  }
  if (flags.varyLength && minNewTokens === 0) {
    throw bad("--vary-length samples from --min-new-tokens on, which must be at least 1", 0);
  }
  if (minibatches > batch) throw bad("--minibatches must not be above --batch", minibatches, batch);
  if (flags.accumulate > Math.floor(batch / minibatches)) {
    throw bad("--accumulate must not be above the completions of a minibatch", flags.accumulate);
  }
  if (flags.loraRank === 0 && (flags.loraAlpha ?? flags.loraModules) !== undefined) {
    throw bad("--lora-alpha and --lora-modules need a --lora-rank", 0);
  }
  if (topP === 0) throw bad("--top-p must be above 0", 0);
  // Otherwise one step could make the coefficient negative (ppo/math/kl.ts).
  if (klTarget > 0 && batch >= 5 * klHorizon) {
    throw bad("--kl-horizon must be above a fifth of --batch", klHorizon, batch);
  }
}

/** Checks flags that would do nothing, or let nothing be done, beside others. */
function checkEffect(flags: TrainingFlags): void {
  const { klTarget, klCoefficient, steps, valueWarmUpSteps, warmUpUpdates, schedule } = flags;
  if (klTarget > 0 && klCoefficient === 0) {
    // It is multiplied from step to step.
    throw bad("--kl-target adapts a --kl-coefficient, which must be above 0", klCoefficient);
  }
  if (valueWarmUpSteps >= steps) {
    throw bad(
      "--value-warm-up-steps must be below --steps, for the policy to be trained",
      valueWarmUpSteps,
      steps,
    );
  }
  const updates = (steps - valueWarmUpSteps) * flags.epochs * flags.minibatches;
  if (schedule !== "constant" && warmUpUpdates > updates) {
    throw bad(
      `--warm-up-updates must not be above the run's updates of the policy, for --schedule ${schedule} ` +
        "to follow",
      warmUpUpdates,
      updates,
    );
  }
}

/** The completions that each prompt has. */
export function completionsPerPrompt(
  flags: Pick<TrainingFlags, "algorithm" | "completionsPerPrompt">,
): number {
  return flags.completionsPerPrompt ?? algorithms[flags.algorithm].perPrompt.usual;
}

/** Checks what the algorithm needs, and what only a critic has. */
function checkAlgorithm(flags: TrainingFlags): void {
  const { algorithm, batch, dualClip, advantageScale, critic, valueWarmUpSteps } = flags;
  const { hasCritic, perPrompt: { least } } = algorithms[algorithm];
  const perPrompt = completionsPerPrompt(flags);
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
  if (flags.valueLambda !== undefined) {
    throw bad(`--algorithm ${algorithm} has no critic for --value-lambda`, flags.valueLambda);
  }
  const own = flags.criticLearningRate ?? flags.criticMaxGradientNorm;
  if (own !== undefined) throw bad(`--algorithm ${algorithm} has no critic to optimise`, own);
}

function bad(reason: string, ...received: readonly (number | string)[]): AbacusError {
  return new AbacusError(
    "bad_usage",
    `Cannot train as ${reason}: received ${received.join(" and ")}`,
  );
}
