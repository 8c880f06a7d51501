/**
 * Activation functions under the names that config.json uses.
 *
 * @module
 */

import { gelu, min, mul, relu, sigmoid, tanh } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";

const activations = {
  silu: swish,
  swish,
  gelu: (x: Value) => gelu(x, "none"),
  gelu_python: (x: Value) => gelu(x, "none"),
  gelu_new: (x: Value) => gelu(x, "tanh"),
  gelu_fast: (x: Value) => gelu(x, "tanh"),
  gelu_accurate: (x: Value) => gelu(x, "tanh"),
  gelu_python_tanh: (x: Value) => gelu(x, "tanh"),
  gelu_pytorch_tanh: (x: Value) => gelu(x, "tanh"),
  quick_gelu: (x: Value) => mul(x, sigmoid(mul(x, 1.702))),
  relu: (x: Value) => relu(x),
  relu6: (x: Value) => min(relu(x), 6),
  relu2: (x: Value) => mul(relu(x), relu(x)),
  sigmoid: (x: Value) => sigmoid(x),
  tanh: (x: Value) => tanh(x),
  linear: (x: Value) => x,
} as const;

/** `x * sigmoid(x)` (arXiv 1710.05941, section 4). */
function swish(x: Value): Value {
  return mul(x, sigmoid(x));
}

/** The names of the activations that graphs can write. */
export type ActivationName = keyof typeof activations;

/** The names as a tuple, for schemas. */
export const activationNames = Object.keys(activations) as [ActivationName, ...ActivationName[]];

/** Applies the activation of that name. */
export function activation(name: ActivationName, x: Value): Value {
  return activations[name](x);
}
