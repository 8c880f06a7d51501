/**
 * Normalisation layers with their weights.
 *
 * They compute in float32, whatever their input is: the square of 256 overflows half precision, and the sum
 * of a long row loses digits there, in the derivative too.
 *
 * @module
 */

import { add, cast, layerNormalization, rmsNormalization } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { Parameters } from "./parameters.ts";

/**
 * RMSNorm over the last axis, of extent `width`.
 *
 * @param options.offset what is added to the stored weights; 0 unless given
 */
export function rmsNorm(
  x: Value,
  at: Parameters,
  { width, epsilon, offset = 0 }: { width: number; epsilon: number; offset?: number },
): Value {
  const stored = at.take("weight", [width], "float32");
  const weight = offset === 0 ? stored : add(stored, offset);
  return cast(rmsNormalization(cast(x, "float32"), weight, epsilon), x.dtype);
}

/** LayerNorm over the last axis, of extent `width`; with weights and a bias by default. */
export function layerNorm(
  x: Value,
  at: Parameters,
  { width, epsilon, weight = true, bias = weight }: {
    width: number;
    epsilon: number;
    weight?: boolean;
    bias?: boolean;
  },
): Value {
  const dtype = "float32";
  const gain = weight
    ? at.take("weight", [width], dtype)
    : x.graph.root.constant({ dtype, shape: [width], data: new Array(width).fill(1) });
  const normed = layerNormalization(cast(x, dtype), gain, {
    bias: bias ? at.take("bias", [width], dtype) : undefined,
    epsilon,
  });
  return cast(normed, x.dtype);
}
