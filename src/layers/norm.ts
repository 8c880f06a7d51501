/**
 * Normalisation layers with their weights.
 *
 * @module
 */

import { add, cast, layerNormalization, rmsNormalization } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { Parameters } from "./parameters.ts";

/**
 * RMSNorm over the last axis, of extent `width`.
 *
 * @param options.offset what is added to the stored weights, in float32; 0 unless given
 */
export function rmsNorm(
  x: Value,
  at: Parameters,
  { width, epsilon, offset = 0 }: { width: number; epsilon: number; offset?: number },
): Value {
  const weight = offset === 0
    ? at.take("weight", [width])
    : cast(add(at.take("weight", [width], "float32"), offset), x.dtype);
  return rmsNormalization(x, weight, epsilon);
}

/** LayerNorm over the last axis, of extent `width`; with a bias by default. */
export function layerNorm(
  x: Value,
  at: Parameters,
  { width, epsilon, bias = true }: { width: number; epsilon: number; bias?: boolean },
): Value {
  const weight = at.take("weight", [width]);
  return layerNormalization(x, weight, {
    bias: bias ? at.take("bias", [width]) : undefined,
    epsilon,
  });
}
