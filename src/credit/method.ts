/**
 * Credit: how the score of a completion is spread over its tokens. This page is the contract that a
 * method fulfils; each method has a file of its own and one line in the registry.
 *
 * Knows the model's output, never the model or the network.
 *
 * @module
 */

/** What a method needs the engine to compute beyond the pooled logits. */
export interface Needs {
  /** The attention of the pooled position. */
  readonly attention: boolean;
  /** The head read at every completion token and at the token before the first of them. */
  readonly prefixScores: boolean;
  /** The gradient of the score by each token's embedding, times that embedding. */
  readonly attribution: boolean;
}

/**
 * The units that receive reward: the reward model's own tokens of the completion, or the caller's.
 * `project` carries a quantity per reward-model token over to units without losing any of it.
 */
export interface Units {
  /** How many units there are. */
  readonly count: number;
  /**
   * Carries a quantity over to the units.
   *
   * @param perToken one value per completion token
   * @param closing the quantity that belongs to the closing tokens; it goes to the caller's
   * end-of-sequence unit where there is one and is dropped otherwise
   * @returns one value per unit, in a new array
   */
  project(perToken: Float64Array, closing: number): Float64Array;
}

/** What a method may read. Methods believe it: that the numbers are finite is checked before. */
export interface CreditInputs {
  /** The scalar score that is to be spread. */
  readonly score: number;
  /** Whose the rewards are. */
  readonly units: Units;
  /** Attention of the pooled position on each completion token (not renormalised). */
  readonly attention?: Float64Array;
  /** Attention of the pooled position on all closing tokens together. */
  readonly closingAttention?: number;
  /** The score read at each completion token. */
  readonly prefixScores?: Float64Array;
  /** The score read at the prompt's last token; 0 where no token precedes the completion. */
  readonly promptScore?: number;
  /** Gradient times embedding of each completion token. */
  readonly attribution?: Float64Array;
  /** Gradient times embedding of all closing tokens together. */
  readonly closingAttribution?: number;
}

/**
 * The credit of one completion, per unit. `sum(rewards) + (offset ?? 0)` equals the score, for every
 * method and any number of units.
 */
export interface Credit {
  /** What each unit is paid. */
  readonly rewards: Float64Array;
  /** Adds up to 1, unless there are no units; absent for methods that have no shares. */
  readonly shares?: Float64Array;
  /**
   * The part of the score that belongs to no unit: beta times the prompt's own score for RED, and
   * the whole score where there are no units, for there is nobody to pay it to.
   */
  readonly offset?: number;
  /** How much of the attention fell on the units before renormalising, 0 to 1. */
  readonly responseMass?: number;
  /** Set where the method could not be applied and another took its place. */
  readonly fallback?: "uniform";
}

/** One way of spreading a score. */
export interface CreditMethod {
  /** As requests name it. */
  readonly name: string;
  /** One sentence for `/v1/models`, the help and the page. */
  readonly summary: string;
  /** The paper and where in it. */
  readonly source: string;
  /** Whether tokens of one completion may get rewards of both signs. */
  readonly signed: boolean;
  /** Whether it works on causal families only. */
  readonly causalOnly: boolean;
  /** What {@linkcode assign} reads of the inputs beside the score. */
  readonly needs: Needs;
  /**
   * Spreads the score. Pure.
   *
   * @param beta the part of the score that is spread, 0 to 1; the rest goes to the last unit
   */
  assign(inputs: CreditInputs, beta: number): Credit;
}
