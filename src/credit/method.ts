/**
 * Credit: how the score of a completion is spread over its units, which are its tokens or longer stretches.
 * This page is the contract that a method fulfils; each method has a file of its own and one line in the
 * registry.
 *
 * A method plans what the model is asked and assigns credit from the answers. It sees token ids and
 * numbers, never the model or the network, and not how units are found or paid.
 *
 * @module
 */

import type { Query, Question } from "../engine/engine.ts";
import type { MeasurementName } from "../engine/measurements/registry.ts";
import type { Span } from "../text/encoding.ts";
import type { StepReductionName } from "../text/step_rule.ts";
import type { UnitRule } from "../text/unit_rule.ts";
import type { Units } from "../text/units.ts";
import type { MethodOptions } from "./options.ts";
import type { PayName } from "./pay.ts";

export type { Units };

/** A tokenised completion, as methods plan and assign by it. */
export interface CreditInputs {
  /** Every token of the text, prompt and template included. */
  readonly ids: Int32Array;
  readonly types?: Int32Array | undefined;
  /** The positions that the score is pooled from. */
  readonly pool: readonly number[];
  /** The tokens of the completion, and those behind it that only close it. */
  readonly completion: Span;
  readonly closing: Span;
  /** What credit is given to. */
  readonly units: Units;
  /** The steps of the completion. @default the model reads no steps */
  readonly steps?: CompletionSteps | undefined;
  /** What a request may ask of a method beyond its name. */
  readonly options: MethodOptions;
  /** The text without some of its tokens, ranges of `ids` in order, pooled where the model would pool it. */
  without(tokens: readonly Span[]): Pick<Query, "ids" | "types" | "pool">;
}

/** The steps of a completion, of models that score each. */
export interface CompletionSteps {
  /** Per step, the paid token that holds its last token, and the unit that this belongs to; -1 for none. */
  readonly ends: readonly number[];
  readonly units: readonly number[];
  /** How their scores become one. */
  readonly reduction: StepReductionName;
}

/** What the model answered to one query, in the terms of credit. All numbers are finite. */
export interface Answer {
  /** The scalar score. */
  readonly score: number;
  /** The score of each step, of which the score is made. @default the model reads no steps */
  readonly stepScores?: Float64Array;
  /** The score read at each of the query's rows. */
  readonly rowScores: Float64Array;
  /** One number per token of the query's text, for each measurement that it asked for. */
  readonly measured: Readonly<Partial<Record<MeasurementName, Float32Array | Float64Array>>>;
}

/**
 * The credit of one completion, per unit. `sum(earned) + rest + (offset ?? 0)` equals the score, for every
 * method and any number of units.
 */
export interface Credit {
  /** What each unit earned. */
  readonly earned: Float64Array;
  /** What goes to the last token, whichever unit it belongs to; 0 where there are no units. */
  readonly rest: number;
  /** Adds up to 1, unless there are no units; absent for methods that have no shares. */
  readonly shares?: Float64Array;
  /**
   * The part of the score that belongs to no unit: beta times the prompt's own score for RED, and
   * the whole score where there are no units that it could be paid to.
   */
  readonly offset?: number;
  /** How much of the attention fell on the units before renormalising, 0 to 1. */
  readonly responseMass?: number;
  /**
   * What units earned less than they should have together, of methods whose amounts need not add up: a part
   * of `rest`.
   */
  readonly residual?: number;
  /** The standard error of what each unit earned, of methods that sample. */
  readonly standardErrors?: Float64Array;
  /** Set where the method could not be applied and another took its place. */
  readonly fallback?: "uniform";
}

/** One way of spreading a score. */
export interface CreditMethod {
  /** As requests name it. */
  readonly name: string;
  /** One sentence for `/v1/models`, the help and the web page. */
  readonly summary: string;
  /** The paper and where in it. */
  readonly source: string;
  /** Whether tokens of one completion may get rewards of both signs. */
  readonly signed: boolean;
  /** Whether it works on causal families only. */
  readonly causalOnly: boolean;
  /** What its queries ask beyond the score. @default nothing */
  readonly asks?: readonly Question[];
  /** The kind of models it works on: that score whole sequences, or steps. @default both */
  readonly task?: "sequence" | "token";
  /** The units of a request that names none. @default "token" */
  readonly unit?: UnitRule;
  /** How units are paid where a request does not say. @default "last" */
  readonly pay?: PayName;
  /**
   * What the model is asked: the completion itself first, then whatever else the method compares it
   * with, each made when it is asked for: nobody waits for texts beyond the budget. Pure.
   */
  plan(inputs: CreditInputs): Iterable<Query>;
  /**
   * The tokens of the texts that the completion is compared with, or fewer, where the number of units tells so
   * without any text. @default 0
   */
  leastPlanned?(inputs: CreditInputs): number;
  /**
   * Spreads the score of the first answer. Pure.
   *
   * @param answers one per planned query, in their order
   * @param options.beta the part of the score that is spread, 0 to 1; the rest goes to the last token
   */
  assign(answers: readonly Answer[], options: AssignOptions): Credit;
}

/** What {@linkcode CreditMethod.assign} goes by. */
export interface AssignOptions {
  readonly inputs: CreditInputs;
  readonly beta: number;
}
