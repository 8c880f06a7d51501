/**
 * Attention of the pooled positions in every layer, by a pass of its own: the scoring pass has that of the last
 * layer alone.
 *
 * @module
 */

import { watched } from "../../layers/frames/frame.ts";
import { cast, concat, matmul, reshape } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import type { OwnPassMeasurement } from "./measurement.ts";

/**
 * As many numbers per token as there are layers, the first layer's first: the weight of the token in that
 * layer's attention, averaged over heads and over the pooled positions. Of each layer they add up to 1 over
 * the sequence. The last layer's are those of `attention`.
 */
export const layers: OwnPassMeasurement = {
  pass: "own",
  what: "the attention of each layer",
  write({ architecture: { trunk }, parameters, batch, length, poolWeights }) {
    const pooled = reshape(poolWeights(), [{ rest: "batch" }, 1, length]);
    const rows: Value[] = []; // [tokens, 1] each
    const frame = watched(batch.frame, (projections, spec) => {
      const map = cast(batch.meanAttention(projections, spec), "float32"); // [batch, length, length]
      rows.push(reshape(matmul(pooled, map), [{ rest: "tokens" }, 1]));
    });
    trunk.hidden(batch, parameters.at(trunk.prefix), { frame: () => frame });
    return concat(rows, 1); // [tokens, layers]
  },
};
