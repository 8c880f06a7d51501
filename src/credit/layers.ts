/**
 * Attention-Based Credit from other layers than the last.
 *
 * @module
 */

import type { CreditInputs, CreditMethod } from "./method.ts";
import type { MethodOptions } from "./options.ts";
import { measuredOnUnits, ownAnswer, scoreOf } from "./queries.ts";
import { payWeights, sum } from "./shares.ts";

/**
 * A token's share is the attention that the score's own position pays to it in one layer, or the mean of all
 * layers', renormalised as in `abc`, which this is for the last layer: `credit.layer` is `"all"` (the default)
 * or a layer, from 0, or from -1 for the last one down.
 *
 * Which layer tells what tokens are worth is no theory's but a question to the model: where the last layer
 * attends to punctuation, one before it may not. Chan et al. (ICML 2024, arXiv 2402.00782) use the last;
 * Clark et al., "What Does BERT Look At?" (arXiv 1906.04341, section 3), show how layers differ. As with `abc`
 * every token takes the sign of the score. It runs the model a second time over whole texts.
 */
export const layers: CreditMethod = {
  name: "layers",
  summary: "the attention of all layers, or of the one named, from where the score is read",
  source: "Chan et al., ICML 2024, arXiv 2402.00782; layers as in Clark et al., arXiv 1906.04341",
  signed: false,
  causalOnly: false,
  asks: ["layers"],
  plan: (inputs) => [scoreOf(inputs, { measure: ["layers"] })],
  assign(answers, { inputs, beta }) {
    const answer = ownAnswer(answers);
    const row = chosen(answer.measured.layers ?? new Float64Array(), inputs);
    const ofLayer = { ...answer, measured: { layers: row } };
    return payWeights(answer.score, { weights: measuredOnUnits(ofLayer, "layers", inputs), beta });
  },
};

/** One number per token, of as many as there are layers. */
function chosen(
  numbers: Float32Array | Float64Array,
  { ids: { length }, options: { layer } }: CreditInputs,
): Float64Array {
  const count = numbers.length / length;
  if (!Number.isInteger(count) || count === 0 || !hasLayer(layer, count)) {
    throw new TypeError("Cannot assign credit without the attention of the layer");
  }
  return Float64Array.from({ length }, (_, token) => {
    const own = numbers.subarray(token * count, (token + 1) * count);
    if (layer !== "all") return own.at(layer)!;
    return sum(own) / count;
  });
}

/** Whether a model with so many layers has this one. */
export function hasLayer(layer: MethodOptions["layer"], layers: number): boolean {
  return layer === "all" || layer >= -layers && layer < layers;
}
