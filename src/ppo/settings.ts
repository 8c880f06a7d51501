/**
 * Training settings: everything that decides what a run of PPO comes to, apart from the models and the
 * prompts. The command line has the defaults; here all is decided.
 *
 * @module
 */

import type { CriticKind } from "./graphs/actor_critic.ts";
import type { CreditChoice } from "./rollout/credit_choice.ts";
import type { ForbiddenEnd } from "./graphs/log_probabilities.ts";
import type { KlEstimator } from "./math/kl.ts";
import type { KlControl } from "./math/kl_controller.ts";
import type { LossSettings } from "./graphs/loss.ts";
import type { AdamSettings } from "./graphs/optimiser.ts";
import type { SamplingRule } from "./graphs/token_sampling.ts";

/** Settings of a run. */
export interface TrainingSettings {
  readonly seed: number;
  /** Steps of the whole run: a batch of completions each. */
  readonly steps: number;
  /** Completions of a step. */
  readonly batch: number;
  /** How often a step's completions are gone through, and in how many parts each time. */
  readonly epochs: number;
  readonly minibatches: number;
  readonly length: ResponseLength;
  /** What log-probabilities, and with them KL, make of the end where it may not come. */
  readonly forbiddenEnd: ForbiddenEnd;
  readonly rule: SamplingRule;
  readonly credit: CreditChoice;
  /** What a step away from the reference costs. */
  readonly kl: {
    readonly estimator: KlEstimator;
    readonly coefficient: number;
    readonly control: KlControl;
  };
  /** Discount of rewards, and lambda of GAE. */
  readonly gamma: number;
  readonly lambda: number;
  readonly whitenRewards: boolean;
  readonly critic: CriticKind;
  /** Steps at the start in which the critic alone learns. */
  readonly valueWarmUpSteps: number;
  /**
   * A step's updates end with the first that finds the policy further away than this from the one that
   * wrote (approx_kl, measured before that update is made); Infinity for never.
   */
  readonly stopKl: number;
  readonly loss: LossSettings;
  readonly adam: Omit<AdamSettings, "totalUpdates">;
}

/** How long responses may be. */
export interface ResponseLength {
  /** The end-of-sequence token may not come before so many tokens. */
  readonly min: number;
  readonly max: number;
  /** Whether each completion has a limit of its own, drawn from `min` to `max`. */
  readonly varied: boolean;
}

/** Updates of a whole run, as far as none is left out. */
export function totalUpdates({ steps, epochs, minibatches }: TrainingSettings): number {
  return steps * epochs * minibatches;
}
