/**
 * Activation functions under the names that config.json uses.
 *
 * @module
 */

import { gelu, mul, relu, sigmoid, tanh } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";

const activations = {
  silu: (x: Value) => mul(x, sigmoid(x)),
  swish: (x: Value) => mul(x, sigmoid(x)),
  gelu: (x: Value) => gelu(x, "none"),
  gelu_new: (x: Value) => gelu(x, "tanh"),
  gelu_fast: (x: Value) => gelu(x, "tanh"),
  gelu_pytorch_tanh: (x: Value) => gelu(x, "tanh"),
  relu: (x: Value) => relu(x),
  tanh: (x: Value) => tanh(x),
} as const;

/** The names of the activations that graphs can write. */
export type ActivationName = keyof typeof activations;

/** The names as a tuple, for schemas. */
export const activationNames = Object.keys(activations) as [ActivationName, ...ActivationName[]];

/** Applies the activation of that name. */
export function activation(name: ActivationName, x: Value): Value {
  return activations[name](x);
}
