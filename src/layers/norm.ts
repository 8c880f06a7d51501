/**
 * Normalisation layers with their weights.
 *
 * @module
 */

import { layerNormalization, rmsNormalization } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { Parameters } from "./parameters.ts";

/** RMSNorm over the last axis, of extent `width`. */
export function rmsNorm(
  x: Value,
  at: Parameters,
  { width, epsilon }: { width: number; epsilon: number },
): Value {
  return rmsNormalization(x, at.take("weight", [width]), epsilon);
}

/** LayerNorm with bias over the last axis, of extent `width`. */
export function layerNorm(
  x: Value,
  at: Parameters,
  { width, epsilon }: { width: number; epsilon: number },
): Value {
  const bias = at.take("bias", [width]);
  return layerNormalization(x, at.take("weight", [width]), { bias, epsilon });
}
