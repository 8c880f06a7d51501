/**
 * Credit choice: which of the ways to spread a score a trainer uses, and who does it.
 *
 * @module
 */

import { type CreditMethodName, creditMethodNames } from "../../credit/registry.ts";

/** The policy's own attention, which no server can know. */
export const OWN_ATTENTION = "abcd";

/** The methods of the server, and the policy's own attention. */
export const creditNames = [...creditMethodNames, OWN_ATTENTION] as const;

/** One of {@linkcode creditNames}. */
export type CreditName = typeof creditNames[number];

/** A method and the part of the score that it spreads. */
export interface CreditChoice {
  readonly method: CreditName;
  readonly beta: number;
}

/** What the server is asked for: where the policy spreads the score itself, the score alone. */
export function askedOfServer(
  { method, beta }: CreditChoice,
): { method: CreditMethodName; beta: number } {
  return method === OWN_ATTENTION ? { method: "terminal", beta } : { method, beta };
}
