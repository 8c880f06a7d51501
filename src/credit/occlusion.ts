/**
 * Occlusion: what the score loses without each unit.
 *
 * @module
 */

import type { Span } from "../text/encoding.ts";
import type { CreditInputs, CreditMethod } from "./method.ts";
import { ownAnswer, scoreOf } from "./queries.ts";
import { payAmounts } from "./shares.ts";

/**
 * A unit, by default a sentence, is worth what the score loses without it,
 *
 *     loss[u] = R(x, y) - R(x, y without u)
 *     residual = beta * (score - sum over v of loss[v])
 *     reward[u] = beta * loss[u] + [u is the last token] * ((1 - beta) * score + residual)
 *
 * Occlusion as in Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks" (ECCV
 * 2014, arXiv 1311.2901, section 4.2); for text, the erasure of Li, Monroe and Jurafsky,
 * "Understanding Neural Networks through Representation Erasure" (arXiv 1612.08220, equation 2). A
 * unit is taken out and not masked, for no reward model was trained on masks.
 *
 * The losses do not add up to the score: what several units say together is lost once for each of
 * them, or never. As with `gradient` the last token receives the residual, so that the rewards add up
 * to the score, and the last one says little of its own token; the reply states it, so that it can be taken
 * off again. A text of which nothing would be left scores 0.
 *
 * One text more is computed per unit. Those of one completion begin alike up to the first unit that they
 * lack, so a causal model computes these beginnings once.
 */
export const occlusion: CreditMethod = {
  name: "occlusion",
  summary:
    "what the score loses without each unit, by default each sentence, whose tokens share it; the " +
    "rest on the last one",
  source: "Zeiler and Fergus, ECCV 2014, arXiv 1311.2901; for text Li et al., arXiv 1612.08220",
  signed: true,
  causalOnly: false,
  task: "sequence",
  unit: "sentence",
  pay: "spread",
  *plan(inputs) {
    yield scoreOf(inputs);
    const { units: { parts }, completion: [first] } = inputs;
    for (const part of parts) {
      const [start, end] = part;
      if (isAll(inputs, part)) continue;
      yield scoreOf(inputs.without([[first + start, first + end]]));
    }
  },
  assign(answers, { inputs, beta }) {
    const { score } = ownAnswer(answers);
    const { units } = inputs;
    const without = answers.slice(1).values();
    const losses = units.parts.map((part) =>
      score - (isAll(inputs, part) ? 0 : without.next().value?.score ?? NaN)
    );
    return payAmounts(score, { amounts: units.project(Float64Array.from(losses), 0), beta });
  },
};

/** Whether a part is all there is: the model cannot be asked about no token. */
function isAll({ ids }: CreditInputs, [start, end]: Span): boolean {
  return end - start === ids.length;
}
