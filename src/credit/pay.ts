/**
 * Pay: the credit of units, paid to the tokens that receive reward.
 *
 * @module
 */

import type { UnitRule } from "../text/unit_rule.ts";
import type { PlacedUnits } from "../text/units.ts";
import type { Credit } from "./method.ts";

/** How a unit of several tokens is paid: all on its last token, or the same on each. */
export const payNames = ["last", "spread"] as const;

/** One of {@linkcode payNames}. */
export type PayName = typeof payNames[number];

/** How units are paid. */
export interface PayChoice {
  /** What credit is given to. */
  readonly unit: UnitRule;
  /** Which tokens of a unit are paid its credit; of units of one token it makes no difference. */
  readonly pay: PayName;
}

/** The credit of one completion, per paid token. `sum(rewards) + (offset ?? 0)` equals the score. */
export interface TokenCredit extends Omit<Credit, "earned" | "rest"> {
  /** What each token is paid. */
  readonly rewards: Float64Array;
}

/**
 * Pays what each unit earned to its tokens, and the rest to the last token of all.
 *
 * - `last`: the last token of a unit has all that the unit earned, as it is known there.
 * - `spread`: each token of a unit has the same.
 * - with a window of n, what a token earned is spread equally over itself and up to n tokens on each side,
 *   so that a reward is a mean of its neighbours' and nothing is lost at the ends.
 */
export function payTokens(
  { earned, rest, shares, ...said }: Credit,
  units: Pick<PlacedUnits, "paid">,
  choice: PayChoice,
): TokenCredit {
  const rewards = carried(earned, units, choice);
  if (rewards.length > 0) rewards[rewards.length - 1]! += rest;
  return {
    rewards,
    ...(shares === undefined ? {} : { shares: carried(shares, units, choice) }),
    ...said,
  };
}

/** A quantity per unit as one per token, with the same sum. */
function carried(
  perUnit: Float64Array,
  { paid }: Pick<PlacedUnits, "paid">,
  { unit, pay }: PayChoice,
): Float64Array {
  if (typeof unit === "object" && "window" in unit) return smoothed(perUnit, unit.window);
  const perToken = new Float64Array(paid.at(-1)?.[1] ?? 0);
  for (const [i, [start, end]] of paid.entries()) {
    if (pay === "last") perToken[end - 1] = perUnit[i]!;
    else perToken.fill(perUnit[i]! / (end - start), start, end);
  }
  return perToken;
}

/** Each value spread equally over the places at most `reach` from its own. */
function smoothed(values: Float64Array, reach: number): Float64Array {
  const places = (at: number) =>
    [Math.max(0, at - reach), Math.min(values.length, at + reach + 1)] as const;
  const parts = values.map((value, at) => {
    const [start, end] = places(at);
    return value / (end - start);
  });
  return values.map((_, at) => parts.subarray(...places(at)).reduce((sum, part) => sum + part, 0));
}
