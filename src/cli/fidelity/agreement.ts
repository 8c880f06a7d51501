/**
 * Agreement: how far the scores and the credit of one set of completions differ between two ways to compute
 * them. Pure.
 *
 * @module
 */

import jStat from "jstat";

/** A completion as it was scored. */
export interface ScoredCompletion {
  readonly score: number;
  /** The share of each token, adding up to 1; absent for methods without shares. */
  readonly credit?: readonly number[];
}

/** A completion in float32 and as it is compared with that. */
export interface Pair {
  readonly exact: ScoredCompletion;
  readonly other: ScoredCompletion;
}

/** How far two ways agree; of what there is too little to tell, NaN. */
export interface Agreement {
  readonly completions: number;
  /** The rank correlation of scores (Spearman), -1 to 1. */
  readonly spearman: number;
  /** Magnitudes of the differences of scores. */
  readonly meanDifference: number;
  readonly largestDifference: number;
  /** Pairs of completions with different scores, and the share of them that stand in the same order. */
  readonly pairs: number;
  readonly orderKept: number;
  /** Total variation between the two credits of a completion, 0 to 1. */
  readonly medianVariation: number;
  readonly largestVariation: number;
}

/** Compares all completions; the pairs among them are counted one by one. */
export function agreementOf(pairs: readonly Pair[]): Agreement {
  const [exact, other] = [pairs.map((each) => each.exact), pairs.map((each) => each.other)];
  const scores = { exact: exact.map(scoreOf), other: other.map(scoreOf) };
  const differences = scores.exact.map((score, i) => Math.abs(score - scores.other[i]!));
  const variations = pairs.flatMap(variationOf);
  return {
    completions: pairs.length,
    spearman: pairs.length < 2 ? NaN : jStat.spearmancoeff(scores.exact, scores.other),
    meanDifference: jStat.mean(differences),
    largestDifference: largest(differences),
    ...orderOf(scores.exact, scores.other),
    medianVariation: variations.length === 0 ? NaN : jStat.median(variations),
    largestVariation: largest(variations),
  };
}

function scoreOf({ score }: ScoredCompletion): number {
  return score;
}

function largest(numbers: readonly number[]): number {
  return numbers.reduce((most, each) => Math.max(most, each), numbers.length === 0 ? NaN : 0);
}

function orderOf(exact: readonly number[], other: readonly number[]) {
  let [pairs, kept] = [0, 0];
  for (let i = 0; i < exact.length; i++) {
    for (let j = 0; j < i; j++) {
      const order = Math.sign(exact[i]! - exact[j]!);
      if (order === 0) continue;
      pairs++;
      if (Math.sign(other[i]! - other[j]!) === order) kept++;
    }
  }
  return { pairs, orderKept: pairs === 0 ? NaN : kept / pairs };
}

/** Half the sum of what the shares differ by: the share of the credit that moved to other tokens. */
function variationOf({ exact, other }: Pair): number[] {
  const [own, others] = [exact.credit, other.credit];
  if (own === undefined || others === undefined || own.length === 0) return [];
  return [own.reduce((sum, share, i) => sum + Math.abs(share - others[i]!), 0) / 2];
}
