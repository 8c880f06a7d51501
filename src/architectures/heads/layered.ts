/**
 * Layered head: linear layers with an activation between them. One layer is the linear head that most
 * reward models have, two are an MLP, or the pooler and the classifier of BERT's kin.
 *
 * @module
 */

import { activation, type ActivationName } from "../../layers/activation.ts";
import { linear } from "../../layers/linear.ts";
import type { Parameters } from "../../layers/parameters.ts";
import type { Value } from "../../onnx/value.ts";
import type { Head } from "./head.ts";

/** One of its layers, as the checkpoint stores it. */
export interface HeadLayer {
  readonly name: string;
  readonly outputs: number;
  readonly bias: boolean;
}

/** What it consists of. */
export interface Layers {
  /** The width of a state. */
  readonly inputs: number;
  /** The names of the outputs of the last layer, in order. */
  readonly labels: readonly string[];
  /** In the order in which data flow through them. */
  readonly layers: readonly HeadLayer[];
  /** What stands between two layers. @default "relu" */
  readonly act?: ActivationName;
  /** A norm behind each activation, of the checkpoint's weights. @default there is none */
  norm?(x: Value, at: Parameters): Value;
}

/** The head `last(norm(act(... first(x))))`. */
export function layeredHead({ inputs, labels, layers, act = "relu", norm }: Layers): Head {
  const between = norm === undefined ? [act] : [act, "norm"];
  return {
    text: layers.map(({ name }) => `linear ${name}`).join(`, ${between.join(", ")}, `),
    labels,
    write(states, at) {
      let x = states;
      let width = inputs;
      for (const [i, { name, outputs, bias }] of layers.entries()) {
        if (i > 0) x = activation(act, x);
        if (i > 0 && norm !== undefined) x = norm(x, at);
        x = linear(x, at.at(name), { inputs: width, outputs, bias });
        width = outputs;
      }
      return x;
    },
  };
}
