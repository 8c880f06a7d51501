/**
 * The MLP of decoders after GPT-2's fashion.
 *
 * @module
 */

import { activation, type ActivationName } from "../layers/activation.ts";
import { linear, type LinearShape } from "../layers/linear.ts";
import type { Parameters } from "../layers/parameters.ts";
import type { Value } from "../onnx/value.ts";

/** What families decide of {@linkcode plainMlp}. */
export interface PlainMlp {
  /** The names of its layers. */
  readonly up: string;
  readonly down: string;
  readonly hidden: number;
  readonly inner: number;
  readonly act: ActivationName;
  /** @default true */
  readonly bias?: boolean;
  /** How its weights are stored. @default as torch's linear layers are */
  readonly layout?: LinearShape["layout"];
}

/** `down(act(up(x)))` (arXiv 1706.03762, equation 2), its layers at `at`. */
export function plainMlp(x: Value, at: Parameters, family: PlainMlp): Value {
  const { up, down, hidden, inner, act, bias = true, layout } = family;
  const both = { bias, ...(layout === undefined ? {} : { layout }) };
  const wide = linear(x, at.at(up), { inputs: hidden, outputs: inner, ...both }); // [rows, inner]
  return linear(activation(act, wide), at.at(down), { inputs: inner, outputs: hidden, ...both });
}
