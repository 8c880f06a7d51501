/**
 * Step reductions: how the scores of steps become the score of a completion, and what part of it each step is
 * paid. One entry each; the parts and the offset add up to the score.
 *
 * @module
 */

import type { StepReductionName } from "../text/step_rule.ts";
import { sum } from "./shares.ts";

/** One way of making a score of the scores of steps. */
export interface StepReduction {
  /** What it is, in a few words. */
  readonly summary: string;
  /** The score. @param scores one per step, at least one */
  score(scores: Float64Array): number;
  /** What each step is paid: with the offset, the score. */
  pay(scores: Float64Array): Float64Array;
  /** The part of the score that is there before the first step. @default 0 */
  readonly offset?: number;
}

/**
 * The reductions, with `s[k]` the score of step k of n:
 *
 *     mean      s = sum of s[k] / n         pays s[k] / n
 *     min       s = min of s[k]             pays all of it to the first step that is worst
 *     product   s = P[n], P[k] = s[1]...s[k]  pays P[k] - P[k-1], with the offset P[0] = 1
 *     last      s = s[n]                    pays all of it to the last step
 *     sum       s = sum of s[k]             pays s[k]
 *
 * What `min` pays is the limit of the min-form credit of PURE (Cheng et al., "Stop Summation: Min-Form Credit
 * Assignment Is All Process Reward Model Needs for Reasoning", arXiv 2504.15275, equation 6) as its temperature
 * goes to 0. Product and min of step scores are those of Lightman et al., "Let's Verify Step by Step" (arXiv
 * 2305.20050, appendix F), and Wang et al., "Math-Shepherd" (arXiv 2312.08935, section 3.4).
 */
export const stepReductions: Readonly<Record<StepReductionName, StepReduction>> = {
  mean: {
    summary: "the mean of the steps' scores",
    score: (scores) => sum(scores) / scores.length,
    pay: (scores) => scores.map((score) => score / scores.length),
  },
  min: {
    summary: "the lowest of the steps' scores",
    score: (scores) => Math.min(...scores),
    pay: (scores) => alone(scores, scores.indexOf(Math.min(...scores))),
  },
  product: {
    summary: "the product of the steps' scores",
    score: (scores) => scores.reduce((product, score) => product * score, 1),
    pay(scores) {
      let product = 1;
      return scores.map((score) => {
        const before = product;
        return (product *= score) - before;
      });
    },
    offset: 1,
  },
  last: {
    summary: "the score of the last step",
    score: (scores) => scores[scores.length - 1]!,
    pay: (scores) => alone(scores, scores.length - 1),
  },
  sum: {
    summary: "the sum of the steps' scores",
    score: sum,
    pay: (scores) => scores.slice(),
  },
};

/** One of the scores in its place, and nothing in the others. */
function alone(scores: Float64Array, place: number): Float64Array {
  return scores.map((score, at) => at === place ? score : 0);
}
