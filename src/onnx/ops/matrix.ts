/**
 * Matrix products and the operators that onnxruntime fuses around them.
 *
 * @module
 */

import type { Value } from "../value.ts";
import { apply } from "./apply.ts";

/** `a @ b` over the last two axes; outer axes broadcast. */
export function matmul(a: Value, b: Value): Value {
  return apply("MatMul", [a, b]);
}

/** What a `gemm` does besides multiplying. */
export interface GemmOptions {
  /** Added to every row. */
  bias?: Value | undefined;
  /** Whether `b` is stored as `[columns, inner]`, as torch's linear layers are. */
  transposeB?: boolean;
}

/** `a @ b + bias` of two matrices. */
export function gemm(a: Value, b: Value, { bias, transposeB = false }: GemmOptions = {}): Value {
  const inputs = bias === undefined ? [a, b] : [a, b, bias];
  return apply("Gemm", inputs, transposeB ? { attributes: { transB: { int: 1 } } } : {});
}

/** Softmax over the last axis. */
export function softmax(x: Value): Value {
  return apply("Softmax", [x], { attributes: { axis: { int: -1 } } });
}

/** Layer normalisation over the last axis (arXiv 1607.06450, equation 4). */
export function layerNormalization(
  x: Value,
  weight: Value,
  { bias, epsilon }: { bias?: Value | undefined; epsilon: number },
): Value {
  return apply("LayerNormalization", [x, weight, bias], {
    attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
  });
}

/** Root mean square normalisation over the last axis (arXiv 1910.07467, equation 4). */
export function rmsNormalization(x: Value, weight: Value, epsilon: number): Value {
  return apply("SimplifiedLayerNormalization", [x, weight], {
    attributes: { axis: { int: -1 }, epsilon: { float: epsilon }, stash_type: { int: 1 } },
  });
}

/**
 * Rotates the halves of each head by tabulated angles (arXiv 2104.09864, equation 34).
 *
 * @param x `[1, tokens, heads * width]`
 * @param tables cosines and sines, `[rows, width / 2]`, and the row of each token, `[1, tokens]`
 */
export function rotaryEmbedding(
  x: Value,
  tables: { rows: Value; cos: Value; sin: Value },
  heads: number,
): Value {
  return apply("RotaryEmbedding", [x, tables.rows, tables.cos, tables.sin], {
    attributes: { num_heads: { int: heads }, rotary_embedding_dim: { int: 0 } },
  });
}
