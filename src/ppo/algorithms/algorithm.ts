/**
 * Algorithm: how rewards of tokens become advantages, and what of a loss an algorithm uses unless settings
 * say otherwise. This page is the contract; each algorithm has a file of its own and a line in the registry.
 *
 * An algorithm sees numbers of finished completions, never the policy, the graphs or the reward server.
 *
 * @module
 */

import type { LossMean } from "../graphs/loss_mean.ts";
import type { AdvantageScale } from "../math/advantage_scale.ts";
import type { Discounts } from "../math/gae.ts";
import type { Rows } from "../math/rows.ts";

/** The completions of a step, as an algorithm sees them. */
export interface ScoredBatch {
  /** Rewards of tokens. The completions of one prompt are `perPrompt` rows one after the other. */
  readonly rewards: Rows;
  readonly perPrompt: number;
  /** The critic's estimate before each token; absent for algorithms without one. */
  readonly values?: Rows | undefined;
}

/** What is trained on, before advantages are scaled. */
export interface Estimates {
  /** How much better each token was than expected, in units of the score. */
  readonly advantages: Rows;
  /** What the critic is trained to say; absent for algorithms without one. */
  readonly returns?: Rows;
}

/** Where KL from the reference is paid: by the token that it arises at, or as a term of the loss. */
export type KlPlace = "reward" | "loss";

/** One way of training a policy by rewards of tokens. */
export interface Algorithm {
  /** One sentence for the help: what an advantage is. */
  readonly summary: string;
  /** The paper and where in it. */
  readonly source: string;
  /** Whether a critic is computed and trained. */
  readonly hasCritic: boolean;
  /** Completions of a prompt: the fewest that it works with, and how many it has by itself. */
  readonly perPrompt: { readonly least: number; readonly usual: number };
  /** What is published for it, where settings do not say. */
  readonly usual: {
    readonly scale: AdvantageScale;
    readonly mean: LossMean;
    readonly klPlace: KlPlace;
  };
  /** Pure. */
  estimate(batch: ScoredBatch, discounts: Discounts): Estimates;
}
