/**
 * What each token is paid in the end: its credit less the price of leaving the reference.
 *
 * @module
 */

import { commonLength } from "./rows.ts";

/**
 * The reward of every token of a completion,
 *
 *     reward[t] = credit[t] - coefficient * kl[t]
 *
 * The credit may be dense, or zero but for the last token; the penalty is always paid where it arises
 * and is never redistributed. With k1 this is Ziegler et al. (arXiv 1909.08593), equation 2, written per
 * token; with dense credit, the `compute_rewards` of the authors of Attention-Based Credit (arXiv
 * 2402.00782). That the numbers are finite is checked where they come in.
 *
 * @param completion credit in units of the score, divergence in nats; both one entry per token
 * @param coefficient what a nat costs, in units of the score
 * @returns a new row, one entry per token
 * @throws {RangeError} if the rows differ in length
 */
export function tokenRewards(
  { credit, kl }: { readonly credit: Float64Array; readonly kl: Float64Array },
  coefficient: number,
): Float64Array {
  commonLength("add up token rewards", { credit, kl });
  return credit.map((paid, t) => paid - coefficient * kl[t]!); // [tokens]
}
