/**
 * Classifier: a causal trunk with a linear head, which is what most reward models are.
 *
 * @module
 */

import { linear } from "../layers/linear.ts";
import type { Architecture, Pooling } from "./architecture.ts";
import { type ClassifierConfig, labelNames } from "./configuration.ts";
import type { Trunk } from "./trunk.ts";

/** A causal trunk with a head called `score`, as `...ForSequenceClassification` of decoders has it. */
export function causalClassifier(
  name: string,
  trunk: Trunk,
  config: ClassifierConfig,
): Architecture {
  const labels = labelNames(config);
  const { family, sharesUpTo, dimensions } = trunk;
  const shape = { inputs: dimensions.hidden, outputs: labels.length, bias: false };
  return {
    name,
    family,
    attention: "causal",
    pooling: lastToken(config),
    task: "sequence",
    input: "joined",
    sharesUpTo,
    labels,
    dimensions: { ...dimensions, labels: labels.length },
    trunk,
    head: (states, at) => linear(states, at.at("score"), shape),
  };
}

/** The last token that is no padding; without a `pad_token_id` transformers takes no token for it. */
function lastToken({ pad_token_id: padding }: ClassifierConfig): Pooling {
  return padding === undefined || padding === null ? "last" : { lastNot: padding };
}
