/**
 * Credit choice: which of the ways to spread a score a trainer uses, and who does it.
 *
 * @module
 */

import { type CreditMethodName, creditMethodNames } from "../../credit/registry.ts";

/** The policy's own attention, which no server can know. */
export const OWN_ATTENTION = "abcd";

/** A method of the server, or the policy's own attention. */
export type CreditName = CreditMethodName | typeof OWN_ATTENTION;

/** A method and the part of the score that it spreads. */
export interface CreditChoice {
  readonly method: CreditName;
  readonly beta: number;
}

/** Every method by name. */
export const creditNames: readonly CreditName[] = [...creditMethodNames, OWN_ATTENTION];

/** What the server is asked for: where the policy spreads the score itself, the score alone. */
export function askedOfServer(
  { method, beta }: CreditChoice,
): { method: CreditMethodName; beta: number } {
  return method === OWN_ATTENTION ? { method: "terminal", beta } : { method, beta };
}
