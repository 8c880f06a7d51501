/**
 * Classifier: a causal trunk with a linear head, which is what most reward models are.
 *
 * @module
 */

import { linear } from "../layers/linear.ts";
import type { Architecture } from "./architecture.ts";
import type { Trunk } from "./trunk.ts";

/** A causal trunk with a head called `score`, as `...ForSequenceClassification` of decoders has it. */
export function causalClassifier(
  name: string,
  trunk: Trunk,
  labels: readonly string[],
): Architecture {
  const { family, sharesUpTo, dimensions } = trunk;
  const shape = { inputs: dimensions.hidden, outputs: labels.length, bias: false };
  return {
    name,
    family,
    attention: "causal",
    pooling: "last",
    task: "sequence",
    input: "joined",
    sharesUpTo,
    labels,
    dimensions: { ...dimensions, labels: labels.length },
    trunk,
    head: (states, at) => linear(states, at.at("score"), shape),
  };
}
