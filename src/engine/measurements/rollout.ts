/**
 * Attention rollout: how much of the pooled state comes from each token, through all layers.
 *
 * @module
 */

import { watched } from "../../layers/frames/frame.ts";
import { add, cast, matmul, mul, reshape } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import type { OwnPassMeasurement } from "./measurement.ts";

/**
 * One weight per token of the sequence, which add up to 1,
 *
 *     rollout = p A'[L] A'[L-1] ... A'[1],    A'[l] = (A[l] + I) / 2
 *
 * with `A[l]` the attention of layer l averaged over heads, the identity for the residual connection
 * around it, and `p` what each token weighs in the pooled state. Abnar and Zuidema, "Quantifying
 * Attention Flow in Transformers" (ACL 2020, arXiv 2005.00928, section 3, equation 1). The row is
 * multiplied from the last layer down, so that no product of two attention maps is ever made; the maps
 * of all layers are held until then.
 */
export const rollout: OwnPassMeasurement = {
  pass: "own",
  what: "an attention rollout",
  write({ architecture: { trunk }, parameters, batch, length, poolWeights }) {
    const maps: Value[] = []; // [batch, length, length] each
    const frame = watched(
      batch.frame,
      (projections, spec) => maps.push(cast(batch.meanAttention(projections, spec), "float32")),
    );
    trunk.hidden(batch, parameters.at(trunk.prefix), { frame: () => frame });
    const pooled = reshape(poolWeights(), [{ rest: "batch" }, 1, length]);
    const row = maps.reduceRight((row, map) => mul(add(matmul(row, map), row), 0.5), pooled);
    return reshape(row, [{ rest: "tokens" }]);
  },
};
