/**
 * The gated MLP of decoders after Llama's fashion.
 *
 * @module
 */

import { activation, type ActivationName } from "../layers/activation.ts";
import { linear } from "../layers/linear.ts";
import { mul } from "../onnx/ops.ts";
import type { Part } from "./decoder_block.ts";
import type { DecoderConfig } from "./decoder_configuration.ts";

/** What families decide of {@linkcode gatedMlp}. */
export interface GatedMlp {
  readonly gate: ActivationName;
  readonly bias: boolean;
  /** The layer that holds the gate and then what it opens. @default each has its own */
  readonly fused?: string;
  /** @default as Llama calls them */
  readonly names?: GatedMlpNames;
}

/** What the part itself and its layers are called. */
export interface GatedMlpNames {
  readonly part: string;
  readonly gate: string;
  readonly up: string;
  readonly down: string;
}

const usualNames = { part: "mlp", gate: "gate_proj", up: "up_proj", down: "down_proj" };

/** `down(act(gate(x)) * up(x))` (arXiv 2002.05202, equation 6). */
export function gatedMlp(
  { hidden_size: hidden, intermediate_size: inner }: DecoderConfig,
  { gate, bias, fused, names = usualNames }: GatedMlp,
): Part {
  return (x, layer) => {
    const at = layer.at.at(names.part);
    const widen = (name: "gate" | "up") => {
      const start = name === "gate" ? 0 : inner;
      const range = fused === undefined ? {} : { range: { of: 2 * inner, start } };
      const shape = { inputs: hidden, outputs: inner, bias, ...range };
      return linear(x, at.at(fused ?? names[name]), shape);
    };
    const gated = mul(activation(gate, widen("gate")), widen("up")); // [rows, inner]
    return linear(gated, at.at(names.down), { inputs: inner, outputs: hidden, bias });
  };
}
