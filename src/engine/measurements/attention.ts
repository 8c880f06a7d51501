/**
 * Attention of the pooled positions, read off the last layer of the scoring pass.
 *
 * @module
 */

import { cast } from "../../onnx/ops.ts";
import { floatRows } from "../readings.ts";
import type { ScoringMeasurement } from "./measurement.ts";

/**
 * One weight per token of the sequence, averaged over heads and over the pooled positions; they add
 * up to 1.
 */
export const attention: ScoringMeasurement = {
  pass: "scoring",
  what: "an attention",
  write: (graph, batch, { projections, spec }) =>
    graph.output("attention", cast(batch.attentionRows(projections, spec), "float32")),
  read(outputs, { attentionRowsOf, attention: { starts } }, { index, length }) {
    const rows = attentionRowsOf[index] ?? new Int32Array();
    const read = floatRows("attention", outputs);
    const mean = new Float32Array(length);
    for (const row of rows) {
      // A row lists prefix and own run in order, which is the order of the sequence itself. It starts
      // where its window begins, or before.
      const start = starts[row] ?? 0;
      read(row).subarray(0, length - start)
        .forEach((weight, t) => mean[start + t]! += weight / rows.length);
    }
    return mean;
  },
};
