/**
 * Credit: how the score of a completion becomes token rewards. The server's methods assign it themselves;
 * ABC-D uses the policy's own attention, which only the trainer has.
 *
 * @module
 */

import { type PayChoice, type PayName, payTokens, type TokenCredit } from "../../credit/pay.ts";
import { type CreditMethodName, creditMethodNames, creditMethods } from "../../credit/registry.ts";
import { payWeights, sum } from "../../credit/shares.ts";
import type { Span } from "../../text/encoding.ts";
import type { UnitRule } from "../../text/unit_rule.ts";

/** Credit by the policy's own attention (ABC-D). */
export const OWN_ATTENTION = "abcd";

/** The methods of the server, and {@linkcode OWN_ATTENTION}. */
export const creditNames = [...creditMethodNames, OWN_ATTENTION] as const;

/** One of {@linkcode creditNames}. */
export type CreditName = typeof creditNames[number];

/**
 * A method, the share of the score that it spreads, the units that it gives credit to, and how they are paid.
 * Without the last two they are what the method has by itself.
 */
export interface CreditChoice {
  readonly method: CreditName;
  readonly beta: number;
  readonly unit?: UnitRule | undefined;
  readonly pay?: PayName | undefined;
  /** The most texts that a completion may be compared with by methods that sample. */
  readonly passes?: number | undefined;
  /** The layer that credit by layers reads, or all. */
  readonly layer?: number | "all" | undefined;
}

/**
 * Whether every reward is a share of the score; other methods tell what a token itself changed. The rewards of a
 * mixture are no shares of its score: where its members disagree, the score is near 0 and the rewards are not.
 */
export function sharesScore(
  { method }: Pick<CreditChoice, "method">,
  { isMixture = false }: { readonly isMixture?: boolean } = {},
): boolean {
  return method === OWN_ATTENTION || !isMixture && !creditMethods[method].signed;
}

/** The credit to request from the server; ABC-D needs only the score, and where the units are. */
export function serverCredit(
  { method, ...choice }: CreditChoice,
): Omit<CreditChoice, "method"> & { method: CreditMethodName } {
  return { method: method === OWN_ATTENTION ? "terminal" : method, ...choice };
}

/**
 * Spreads a score by the attention that each token receives from the tokens that can see it:
 *
 *     received[j] = mean over i >= j of A[i, j]
 *     share[j]    = received[j] / sum of received
 *     reward[j]   = beta * share[j] * score + [j is the last] * (1 - beta) * score
 *
 * where A is the policy's last layer, averaged over heads, and row i is the position at which the policy
 * has read response token i. The mean instead of the sum, because early tokens are seen by more rows.
 *
 * Chan et al., "Dense Reward for Free in RLHF" (ICML 2024, arXiv 2402.00782), variant ABC-D; in the
 * authors' code, `abcde`. There are three differences. Weights stay at the token they belong to; theirs
 * move to the next one. The last token is among the rows, so that its own share is not always 0. And the
 * mean is over all rows that can see a token; theirs leaves out rows whose weight is exactly 0.
 *
 * Of a unit of several tokens, the shares are added up, and paid as it is chosen.
 *
 * Falls back to equal shares if there is no attention at all. Without tokens the score is in the credit's
 * `offset`.
 *
 * @param score in any unit; the rewards sum to it
 * @param policy attention of response rows to response columns, row-major; entries above the diagonal are
 * ignored. beta is the share of the score that is spread, 0 to 1; units are ranges of tokens that cover all
 * @throws {RangeError} if the attention is not square
 */
export function ownAttentionCredit(
  score: number,
  { attention, beta, units, choice = { unit: "token", pay: "last" } }: OwnAttention,
): TokenCredit {
  const received = receivedAttention(attention); // [tokens]
  const paid = units ?? Array.from(received, (_, at): Span => [at, at + 1]);
  const weights = Float64Array.from(paid, ([start, end]) => sum(received.subarray(start, end)));
  const { responseMass: _, ...credit } = payWeights(score, { weights, beta });
  return payTokens(credit, { paid }, choice);
}

/** What {@linkcode ownAttentionCredit} goes by. */
export interface OwnAttention {
  readonly attention: Float64Array;
  readonly beta: number;
  /** @default each token is one */
  readonly units?: readonly Span[] | undefined;
  readonly choice?: PayChoice | undefined;
}

/** The mean of every column, over the diagonal and the entries below it. */
function receivedAttention(
  attention: Float64Array, // [tokens * tokens]
): Float64Array {
  const tokens = Math.sqrt(attention.length);
  if (!Number.isInteger(tokens)) {
    const received = `received ${attention.length} weights`;
    throw new RangeError(`Cannot spread by own attention as the map is not square: ${received}`);
  }
  return new Float64Array(tokens).map((_, column) => {
    let total = 0;
    for (let row = column; row < tokens; row++) total += attention[row * tokens + column]!;
    return total / (tokens - column);
  });
}
