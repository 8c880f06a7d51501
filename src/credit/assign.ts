/**
 * Credit, assigned and checked: what a method reads must be finite, and what it returns must add up.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { Credit, CreditInputs, CreditMethod } from "./method.ts";
import { sum } from "./shares.ts";

/** How far the sum may lie from the score, relative to the larger of 1 and |score| (law 1). */
export const SUM_TOLERANCE = 1e-5;

/**
 * Assigns credit and holds it to `sum(rewards) + (offset ?? 0) = score`.
 *
 * @throws {AbacusError} `model_failure` where the model's numbers are not finite, and where the sum
 * law fails: then a method or an alignment is wrong, or scores differ by more than float64 can add up
 */
export function assignCredit(
  method: CreditMethod,
  inputs: CreditInputs,
  { beta }: { beta: number },
): Credit {
  requireFinite(inputs);
  const credit = method.assign(inputs, beta);
  requireSumLaw(credit, inputs.score);
  return credit;
}

function requireFinite(inputs: CreditInputs): void {
  const { score, promptScore = 0, closingAttention = 0, closingAttribution = 0 } = inputs;
  requireAllFinite("the score", [score]);
  requireAllFinite("the score of each prefix", [promptScore, ...inputs.prefixScores ?? []]);
  requireAllFinite("the attention", [...inputs.attention ?? [], closingAttention]);
  requireAllFinite("the attribution", [...inputs.attribution ?? [], closingAttribution]);
}

function requireAllFinite(what: string, values: readonly number[]): void {
  const wrong = values.find((value) => !Number.isFinite(value));
  if (wrong === undefined) return;
  throw new AbacusError(
    "model_failure",
    `Cannot assign credit as ${what} must be finite: received ${wrong}`,
  );
}

function requireSumLaw({ rewards, offset = 0 }: Credit, score: number): void {
  const total = sum(rewards) + offset;
  const tolerance = SUM_TOLERANCE * Math.max(1, Math.abs(score));
  if (Math.abs(total - score) <= tolerance) return; // Not so for NaN either.
  throw new AbacusError(
    "model_failure",
    `Cannot assign credit as the rewards must add up to the score ${score}: received ${total}`,
  );
}
