/**
 * Encoder classifier: a bidirectional trunk whose first token is scored, as `[CLS]` of BERT's kin is.
 *
 * @module
 */

import { activation, type ActivationName } from "../layers/activation.ts";
import { linear } from "../layers/linear.ts";
import type { Architecture } from "./architecture.ts";
import type { Trunk } from "./trunk.ts";

/** What an encoder says of its first token: `out(act(dense(state)))`, a pooler and the classifier behind it. */
export interface EncoderHead {
  /** The names of the labels, in order. */
  readonly labels: readonly string[];
  /** The name of the pooler's layer, `[hidden, hidden]`. */
  readonly dense: string;
  readonly act: ActivationName;
  /** The name of the classifier's layer, `[labels, hidden]`. */
  readonly out: string;
}

/** An encoder of pairs of texts, as `...ForSequenceClassification` has it. */
export function encoderClassifier(
  name: string,
  trunk: Trunk,
  { labels, dense, act, out }: EncoderHead,
): Architecture {
  const { family, sharesUpTo, dimensions } = trunk;
  const { hidden } = dimensions;
  return {
    name,
    family,
    attention: "bidirectional",
    pooling: "first",
    task: "sequence",
    input: "pair",
    sharesUpTo,
    labels,
    dimensions: { ...dimensions, labels: labels.length },
    trunk,
    head(states, at) {
      const shape = { inputs: hidden, outputs: hidden, bias: true };
      const pooled = activation(act, linear(states, at.at(dense), shape));
      return linear(pooled, at.at(out), { ...shape, outputs: labels.length });
    },
  };
}
