/**
 * Linear layers, in the two ways that checkpoints store them.
 *
 * @module
 */

import { gemm } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { Parameters } from "./parameters.ts";

/** A linear layer's extents, and whether it has a bias. */
export interface LinearShape {
  readonly inputs: number;
  readonly outputs: number;
  readonly bias: boolean;
}

/** `x @ weight.T + bias` with `weight` stored `[outputs, inputs]`, as torch's `nn.Linear`. */
export function linear(x: Value, at: Parameters, { inputs, outputs, bias }: LinearShape): Value {
  return gemm(x, at.take("weight", [outputs, inputs]), {
    transposeB: true,
    bias: bias ? at.take("bias", [outputs]) : undefined,
  });
}

/** `x @ weight + bias` with `weight` stored `[inputs, outputs]`, as GPT-2's `Conv1D`. */
export function conv1d(x: Value, at: Parameters, { inputs, outputs, bias }: LinearShape): Value {
  return gemm(x, at.take("weight", [inputs, outputs]), {
    bias: bias ? at.take("bias", [outputs]) : undefined,
  });
}
