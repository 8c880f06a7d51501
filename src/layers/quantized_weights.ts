/**
 * Quantised weights: the weights of another source, of which some linear layers multiply whole numbers of 8 bits.
 *
 * A weight has a scale for each output, made when the model is loaded (`weights/to_int8.ts`). What it is multiplied
 * with is rounded in the graph by a scale for each row, never for the batch: what a text scores must not depend on
 * the texts beside it. Sums of whole numbers are exact, so a score is the same on every processor that rounds
 * the rest alike. docs/precision.md has what was measured of this and of the operators beside it.
 *
 * @module
 */

import type { Graph } from "../onnx/graph.ts";
import { add, integerProduct, type QuantizedRows, quantizeRows } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { TensorLedger } from "../weights/checkpoint.ts";
import { partOf } from "./linear.ts";
import type { WeightSource } from "./parameters.ts";

/** A source around `base`, with the products that the ledger has quantised weights for. */
export function quantizedWeights(
  base: WeightSource,
  graph: Graph,
  ledger: TensorLedger,
): WeightSource {
  const rounded = new Map<Value, QuantizedRows>();
  /** Rounded once, as q, k and v read the same rows. */
  const rowsOf = (x: Value): QuantizedRows => {
    const known = rounded.get(x) ?? quantizeRows(x);
    rounded.set(x, known);
    return known;
  };
  return {
    ...base,
    linear(x, name, shape) {
      const { inputs, outputs, layout = "out-in", range } = shape;
      const stored = range?.of ?? outputs;
      const own = ledger.quantized?.(name, { inputs, outputs: stored, layout });
      if (own === undefined) return base.linear(x, name, shape);
      const [numbers, scales] = [graph.weight(own.numbers), graph.weight(own.scales)];
      const product = integerProduct(
        rowsOf(x),
        partOf(numbers, 1, shape),
        partOf(scales, 0, shape),
      );
      if (!shape.bias) return product;
      const bias = base.take(`${name}.bias`, [stored], x.dtype);
      return add(product, partOf(bias, 0, shape));
    },
  };
}
