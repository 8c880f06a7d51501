/**
 * Encoder classifier: a bidirectional trunk whose first token is scored, as `[CLS]` of BERT's kin is, or the
 * mean of all.
 *
 * @module
 */

import type { ActivationName } from "../layers/activation.ts";
import type { Parameters } from "../layers/parameters.ts";
import type { Value } from "../onnx/value.ts";
import type { Architecture } from "./architecture.ts";
import { layeredHead } from "./heads/layered.ts";
import type { Trunk } from "./trunk.ts";

/** What an encoder says of a state: `out(norm(act(dense(state))))`, a pooler and the classifier behind it. */
export interface EncoderHead {
  /** The names of the labels, in order. */
  readonly labels: readonly string[];
  /** @default "first" */
  readonly pooling?: "first" | "mean";
  /** The name of the pooler's layer, `[hidden, hidden]`. */
  readonly dense: string;
  /** Whether that layer has a bias. @default true */
  readonly bias?: boolean;
  readonly act: ActivationName;
  /** A norm behind the activation, of the checkpoint's weights. @default there is none */
  norm?(x: Value, at: Parameters): Value;
  /** The name of the classifier's layer, `[labels, hidden]`. */
  readonly out: string;
}

/** An encoder of pairs of texts, as `...ForSequenceClassification` has it. */
export function encoderClassifier(
  name: string,
  trunk: Trunk,
  { labels, pooling = "first", dense, bias = true, out, act, norm }: EncoderHead,
): Architecture {
  const { family, sharesUpTo, dimensions } = trunk;
  const { hidden } = dimensions;
  return {
    name,
    family,
    attention: "bidirectional",
    pooling,
    task: "sequence",
    input: "pair",
    sharesUpTo,
    dimensions: { ...dimensions, labels: labels.length },
    trunk,
    head: layeredHead({
      inputs: hidden,
      labels,
      layers: [
        { name: dense, outputs: hidden, bias },
        { name: out, outputs: labels.length, bias: true },
      ],
      act,
      ...(norm === undefined ? {} : { norm }),
    }),
  };
}
