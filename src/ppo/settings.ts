/**
 * Training settings: everything that determines the result of a run, apart from models and prompts. Their
 * defaults are those of the command line (`src/settings_training.ts`).
 *
 * @module
 */

import type { KlPlace } from "./algorithms/algorithm.ts";
import type { AlgorithmName } from "./algorithms/registry.ts";
import type { CriticKind } from "./graphs/actor_critic.ts";
import { type AdapterSettings, trainedAdapter } from "./graphs/trained_adapter.ts";
import type { CreditChoice } from "./rollout/credit.ts";
import type { Policy } from "./rollout/policy.ts";
import type { ForbiddenEnd } from "./graphs/log_probabilities.ts";
import type { AdvantageScale } from "./math/advantage_scale.ts";
import type { KlControl, KlEstimator } from "./math/kl.ts";
import type { ScoreShaping } from "./math/score_shaping.ts";
import type { LossSettings } from "./graphs/loss.ts";
import type { PolicyEngineOptions } from "./graphs/policy_engine.ts";
import type { AdamSettings } from "./graphs/optimiser.ts";
import type { SamplingRule } from "./graphs/token_sampling.ts";

/** Settings of a run. */
export interface TrainingSettings {
  readonly seed: number;
  /** Steps of the whole run, each on a new batch of completions. */
  readonly steps: number;
  /** How rewards become advantages, and whether there is a critic. */
  readonly algorithm: AlgorithmName;
  /** Completions per step. */
  readonly batch: number;
  /** Completions of each of the step's prompts; divides `batch`. */
  readonly completionsPerPrompt: number;
  /** Passes over the completions of a step. */
  readonly epochs: number;
  /** Minibatches per epoch, one update each. */
  readonly minibatches: number;
  /** Parts that the gradient of a minibatch is computed in; the update is the same. */
  readonly accumulate: number;
  readonly length: ResponseLength;
  /** Texts that end a completion. */
  readonly stop: readonly string[];
  /** Whether log-probabilities, and with them KL, count EOS where it is not allowed. */
  readonly forbiddenEnd: ForbiddenEnd;
  readonly rule: SamplingRule;
  readonly credit: CreditChoice;
  /** What is done to scores, and with them to rewards of tokens. */
  readonly scores: ScoreShaping;
  /** The KL penalty: where it is paid, its estimator there, its coefficient and how that adapts. */
  readonly kl: {
    readonly place: KlPlace;
    /** In rewards; a term of the loss always uses k3. */
    readonly estimator: KlEstimator;
    readonly coefficient: number;
    readonly control: KlControl;
  };
  /** Discount of rewards. */
  readonly gamma: number;
  /** Lambda of generalised advantage estimation. */
  readonly lambda: number;
  /** That of what the critic learns. @default lambda */
  readonly valueLambda?: number | undefined;
  readonly whitenRewards: boolean;
  /** What brings advantages to one size. */
  readonly advantageScale: AdvantageScale;
  readonly critic: CriticKind;
  /** Steps at the start that train the critic alone. */
  readonly valueWarmUpSteps: number;
  /**
   * A step's updates end after the first whose approx_kl, the KL from the policy that sampled, measured
   * before that update, exceeds this; Infinity for no limit.
   */
  readonly stopKl: number;
  readonly loss: Omit<LossSettings, "longest" | "klPenalty">;
  readonly adam: Omit<AdamSettings, "totalUpdates" | "policyUpdates">;
  /** The adapter that is trained in place of the policy's own weights. @default none, those are trained */
  readonly adapter?: AdapterSettings | undefined;
}

/** Length limits of responses, in tokens. */
export interface ResponseLength {
  /** EOS is not allowed before this many tokens. */
  readonly min: number;
  readonly max: number;
  /** Whether each completion has a limit of its own, uniform from `min` to `max`. */
  readonly varied: boolean;
}

/** Updates of a whole run, if no step stops early. */
export function totalUpdates({ steps, epochs, minibatches }: TrainingSettings): number {
  return steps * epochs * minibatches;
}

/** Those at the start that train the critic alone; none of them is ever skipped. */
export function criticUpdates(
  { valueWarmUpSteps: steps, epochs, minibatches }: TrainingSettings,
): number {
  return steps * epochs * minibatches;
}

/**
 * Options of the engine that samples from a policy and trains it under these settings.
 *
 * @throws {AbacusError} `bad_usage` for an adapter of layers that the policy does not have
 */
export function engineOptions(
  settings: TrainingSettings,
  { model, eosIds }: Pick<Policy, "model" | "eosIds">,
): PolicyEngineOptions {
  const { critic, rule, length, forbiddenEnd, batch, minibatches, adam, adapter } = settings;
  const loss = {
    ...settings.loss,
    longest: length.max,
    klPenalty: settings.kl.place === "loss",
  };
  // Without a minimum length EOS is always allowed, and there is nothing to mask.
  const isMasked = length.min > 0 && forbiddenEnd === "masked";
  const updates = totalUpdates(settings);
  return {
    actorCritic: {
      model,
      critic,
      temperature: rule.temperature,
      maskedEosIds: isMasked ? eosIds : [],
      adapter: adapter && trainedAdapter(model, adapter),
    },
    rule,
    eosIds,
    minibatch: Math.ceil(batch / minibatches),
    parts: settings.accumulate,
    loss,
    adam: { ...adam, totalUpdates: updates, policyUpdates: updates - criticUpdates(settings) },
  };
}
