/**
 * Credit, assigned and checked: what a method reads must be finite, and what it returns must add up.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { PlacedUnits } from "../text/units.ts";
import type { Answer, AssignOptions, CreditInputs, CreditMethod } from "./method.ts";
import { type PayChoice, payTokens, type TokenCredit } from "./pay.ts";
import { ownAnswer } from "./queries.ts";
import { sum } from "./shares.ts";

/** How far the sum may lie from the score, relative to the larger of 1 and |score| (law 1). */
export const SUM_TOLERANCE = 1e-5;

/** What {@linkcode assignCredit} goes by. */
export interface PaidOptions extends AssignOptions {
  readonly inputs: CreditInputs & { readonly units: PlacedUnits };
  /** How units are paid. @default tokens are, each what it earned */
  readonly choice?: PayChoice;
}

/**
 * Assigns credit, pays it to tokens and holds it to `sum(rewards) + (offset ?? 0) = score`.
 *
 * @param answers what the model answered to the method's plan
 * @throws {AbacusError} `model_failure` where the model's numbers are not finite, and where the sum
 * law fails: then a method or an alignment is wrong, or scores differ by more than float64 can add up
 */
export function assignCredit(
  method: CreditMethod,
  answers: readonly Answer[],
  { inputs, beta, choice = { unit: "token", pay: "last" } }: PaidOptions,
): TokenCredit {
  answers.forEach(requireFinite);
  const credit = payTokens(method.assign(answers, { inputs, beta }), inputs.units, choice);
  requireSumLaw(credit, ownAnswer(answers).score);
  return credit;
}

function requireFinite({ score, stepScores, rowScores, measured }: Answer): void {
  requireAllFinite("the score", [score]);
  requireAllFinite("the score of each step", stepScores ?? []);
  requireAllFinite("the score of each prefix", rowScores);
  for (const [name, numbers] of Object.entries(measured)) requireAllFinite(`the ${name}`, numbers);
}

function requireAllFinite(
  what: string,
  values: readonly number[] | Float64Array | Float32Array,
): void {
  const wrong = values.find((value) => !Number.isFinite(value));
  if (wrong === undefined) return;
  throw new AbacusError(
    "model_failure",
    `Cannot assign credit as ${what} must be finite: received ${wrong}`,
  );
}

/**
 * Holds rewards to the law of the sum.
 *
 * @param size what the tolerance is relative to, from 1 on: the size of the largest terms that were added up
 * @throws {AbacusError} `model_failure`
 */
export function requireSumLaw(
  { rewards, offset = 0 }: Pick<TokenCredit, "rewards" | "offset">,
  score: number,
  size = Math.abs(score),
): void {
  const total = sum(rewards) + offset;
  const tolerance = SUM_TOLERANCE * Math.max(1, size);
  if (Math.abs(total - score) <= tolerance) return; // Not so for NaN either.
  throw new AbacusError(
    "model_failure",
    `Cannot assign credit as the rewards must add up to the score ${score}: received ${total}`,
  );
}
