/**
 * Occlusion: what the score loses without each sentence.
 *
 * @module
 */

import type { CreditInputs, CreditMethod } from "./method.ts";
import { ownAnswer, scoreOf } from "./queries.ts";
import { payAmounts } from "./shares.ts";

/**
 * A sentence is worth what the score loses without it, and its tokens share that equally,
 *
 *     loss[s] = R(x, y) - R(x, y without s)
 *     amount[t] = loss[s] / |s|    for each token t of sentence s
 *     reward[t] = beta * amount[t] + [t is the last] * (score - beta * sum over u of amount[u])
 *
 * Occlusion as in Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks" (ECCV
 * 2014, arXiv 1311.2901, section 4.2); for text, the erasure of Li, Monroe and Jurafsky,
 * "Understanding Neural Networks through Representation Erasure" (arXiv 1612.08220, equation 2). A
 * sentence is taken out and not masked, for no reward model was trained on masks.
 *
 * The losses do not add up to the score: what several sentences say together is lost once for each of
 * them, or never. As with `gradient` the last unit receives the residual, so that the rewards add up
 * to the score, and the last one says little of its own token. A text of which nothing would be left
 * scores 0.
 *
 * One text more is computed per sentence. Those of one completion begin alike up to the first
 * sentence that they lack, so a causal model computes these beginnings once.
 */
export const occlusion: CreditMethod = {
  name: "occlusion",
  summary:
    "what the score loses without each sentence, shared by its tokens; the rest on the last one",
  source: "Zeiler and Fergus, ECCV 2014, arXiv 1311.2901; for text Li et al., arXiv 1612.08220",
  signed: true,
  causalOnly: false,
  task: "sequence",
  readsText: true,
  plan: (inputs) => [scoreOf(inputs), ...occluded(inputs).map((text) => scoreOf(text))],
  assign(answers, { inputs, beta }) {
    const { score } = ownAnswer(answers);
    const [start, end] = inputs.completion;
    const amounts = new Float64Array(end - start);
    const without = answers.slice(1).values();
    for (const [from, to] of inputs.sentences()) {
      const left = isAll(inputs, [from, to]) ? 0 : without.next().value?.score ?? NaN;
      amounts.fill((score - left) / (to - from), from, to);
    }
    return payAmounts(score, { amounts: inputs.units.project(amounts, 0), beta });
  },
};

/** The text without each of its sentences in turn. */
function occluded(inputs: CreditInputs): Pick<CreditInputs, "ids" | "types" | "pool">[] {
  const [start] = inputs.completion;
  return inputs.sentences()
    .filter((sentence) => !isAll(inputs, sentence))
    .map(([from, to]) => inputs.without([start + from, start + to]));
}

/** Whether a sentence is all there is: the model cannot be asked about no token. */
function isAll({ ids }: CreditInputs, [from, to]: readonly [number, number]): boolean {
  return to - from === ids.length;
}
