/**
 * Matrix products, and operators on whole rows that onnxruntime has a kernel for.
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
  /** Whether `a` is stored as `[inner, rows]`. */
  transposeA?: boolean;
  /** Whether `b` is stored as `[columns, inner]`, as torch's linear layers are. */
  transposeB?: boolean;
}

/** `a @ b + bias` of two matrices. */
export function gemm(
  a: Value,
  b: Value,
  { bias, transposeA = false, transposeB = false }: GemmOptions = {},
): Value {
  return apply("Gemm", bias === undefined ? [a, b] : [a, b, bias], {
    attributes: {
      ...(transposeA ? { transA: { int: 1 } } : {}),
      ...(transposeB ? { transB: { int: 1 } } : {}),
    },
  });
}

/** Layer normalisation over the last axis (arXiv 1607.06450, equation 4). */
export function layerNormalization(
  x: Value,
  weight: Value,
  { bias, epsilon }: { bias?: Value | undefined; epsilon: number },
): Value {
  return apply("LayerNormalization", bias === undefined ? [x, weight] : [x, weight, bias], {
    attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
  });
}

/** Root mean square normalisation over the last axis (arXiv 1910.07467, equation 4). */
export function rmsNormalization(x: Value, weight: Value, epsilon: number): Value {
  return apply("SimplifiedLayerNormalization", [x, weight], {
    attributes: { axis: { int: -1 }, epsilon: { float: epsilon }, stash_type: { int: 1 } },
  });
}

/** How a rotation lays out a head. */
export interface RotaryOptions {
  readonly heads: number;
  /** Columns of each head that turn, the first ones; the others pass unchanged. @default all */
  readonly rotated?: number | undefined;
  /**
   * Whether column `2i` is paired with column `2i + 1`, as in GPT-J, and not column `i` with column
   * `i + rotated / 2`, as in Llama and GPT-NeoX.
   *
   * @default false
   */
  readonly interleaved?: boolean | undefined;
}

/**
 * Rotates each head by tabulated angles (arXiv 2104.09864, equation 34).
 *
 * @param x `[1, tokens, heads * width]`
 * @param tables cosines and sines, `[rows, rotated / 2]`, and the row of each token, `[1, tokens]`
 */
export function rotaryEmbedding(
  x: Value,
  tables: { rows: Value; cos: Value; sin: Value },
  { heads, rotated = 0, interleaved = false }: RotaryOptions,
): Value {
  return apply("RotaryEmbedding", [x, tables.rows, tables.cos, tables.sin], {
    attributes: {
      num_heads: { int: heads },
      rotary_embedding_dim: { int: rotated }, // 0 stands for all
      interleaved: { int: interleaved ? 1 : 0 },
    },
  });
}
