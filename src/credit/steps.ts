/**
 * Credit by steps: what a process reward model says of each step, at the step's last token.
 *
 * @module
 */

import type { CreditMethod } from "./method.ts";
import { ownAnswer, scoreOf } from "./queries.ts";
import { payNobody } from "./shares.ts";
import { stepReductions } from "./step_reductions.ts";

/**
 * Each step is paid its part of the score, at its last token; every other token is paid nothing:
 *
 *     reward[t] = sum of part[k] over the steps k that end at t
 *
 * Of units larger than tokens, that in which a step ends has its part.
 *
 * What the parts are, the reduction says (`step_reductions.ts`): with `mean` a step's score divided by their
 * number, with `product` the change that it makes. Process supervision as in Uesato et al., "Solving math word
 * problems with process- and outcome-based feedback" (arXiv 2211.14275), paid step by step as in Wang et al.,
 * "Math-Shepherd" (arXiv 2312.08935, section 3.5).
 *
 * Nothing is spread, so beta has no say, as with `terminal`. Sum-preserving: the rewards add up to the score,
 * less the offset 1 of `product`. Rewards take the signs of the parts, of which `product` has both.
 */
export const steps: CreditMethod = {
  name: "steps",
  summary: "what a process reward model says of each step, at the step's last token",
  source: "Wang et al., Math-Shepherd, arXiv 2312.08935, section 3.5; min: PURE, arXiv 2504.15275",
  signed: true,
  causalOnly: false,
  task: "token",
  plan: (inputs) => [scoreOf(inputs)],
  assign(answers, { inputs }) {
    const { score, stepScores = new Float64Array() } = ownAnswer(answers);
    const { units, reduction } = inputs.steps ?? { units: [], reduction: "mean" };
    if (stepScores.length === 0 || units.length !== stepScores.length) {
      throw new TypeError("Cannot assign credit by steps without the score of each");
    }
    if (inputs.units.count === 0) return payNobody(score);
    const { pay, offset } = stepReductions[reduction];
    const earned = new Float64Array(inputs.units.count);
    // A step that no unit belongs to, as that of an empty completion, stands before the first.
    pay(stepScores).forEach((part, step) => earned[Math.max(0, units[step]!)]! += part);
    return { earned, rest: 0, ...(offset === undefined ? {} : { offset }) };
  },
};
