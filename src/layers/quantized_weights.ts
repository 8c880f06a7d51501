/**
 * Quantised weights: the weights of another source, of which some linear layers multiply whole numbers of 8 bits.
 *
 * A weight has a scale for each output, made when the model is loaded (`weights/to_int8.ts`). What it is multiplied
 * with is rotated as the weight was, by a small product in float32 (`weights/rotation.ts`), and rounded in the graph by
 * a scale for each row, never for the batch: what a text scores must not depend on the texts beside it. Sums of whole
 * numbers are exact, so a score is the same on every processor that rounds the rest alike. docs/precision.md has what
 * was measured of this and of the operators beside it.
 *
 * @module
 */

import type { Graph } from "../onnx/graph.ts";
import {
  add,
  integerProduct,
  matmul,
  mul,
  type QuantizedRows,
  quantizeRows,
  reshape,
  sub,
} from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { TensorLedger } from "../weights/checkpoint.ts";
import { rotatedBlock, rotation } from "../weights/rotation.ts";
import { partOf } from "./linear.ts";
import type { WeightSource } from "./parameters.ts";

/** A source around `base`, with the products that the ledger has quantised weights for. */
export function quantizedWeights(
  base: WeightSource,
  graph: Graph,
  ledger: TensorLedger,
): WeightSource {
  const rounded = new Map<Value, QuantizedRows>();
  const matrices = rotations(graph);
  const switched = switches(graph);
  /** Rounded once, as q, k and v read the same rows. */
  const rowsOf = (x: Value, inputs: number): QuantizedRows => {
    const known = rounded.get(x) ?? quantizeRows(rotated(x, { inputs, matrices }));
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
      const way = (rounded: Value) =>
        ledger.switched ? switched(name, { exact: base.linear(x, name, shape), rounded }) : rounded;
      const [numbers, scales] = [graph.weight(own.numbers), graph.weight(own.scales)];
      const product = integerProduct(
        rowsOf(x, inputs),
        partOf(numbers, 1, shape),
        partOf(scales, 0, shape),
      );
      if (!shape.bias) return way(product);
      const bias = base.take(`${name}.bias`, [stored], x.dtype);
      return way(add(product, partOf(bias, 0, shape)));
    },
  };
}

/** The input that decides how the layer of a name is computed: 0 for exactly, 1 for rounded. */
export function switchOf(name: string): string {
  return `int8.${name}`;
}

/** A product computed both ways, of which the layer's switch chooses. */
function switches(graph: Graph): (name: string, ways: { exact: Value; rounded: Value }) => Value {
  const known = new Map<string, Value>(); // blocks may share a layer
  return (name, { exact, rounded }) => {
    const chosen = known.get(name) ?? graph.input(switchOf(name), "float32", []);
    known.set(name, chosen);
    return add(exact, mul(sub(rounded, exact), chosen));
  };
}

/** The matrices that rotate blocks, each a constant of the graph once. */
function rotations(graph: Graph): (block: number) => Value {
  const known = new Map<number, Value>();
  return (block) => {
    const matrix = known.get(block) ??
      graph.constant({ dtype: "float32", shape: [block, block], data: rotation(block) });
    known.set(block, matrix);
    return matrix;
  };
}

/** `x`, `[rows, inputs]`, rotated block by block, as the weights that it is multiplied with were. */
function rotated(
  x: Value,
  { inputs, matrices }: { inputs: number; matrices: (block: number) => Value },
): Value {
  const block = rotatedBlock(inputs);
  if (block === undefined) return x;
  const turned = matmul(reshape(x, [{ rest: `${x.dim(0)}*blocks` }, block]), matrices(block));
  return reshape(turned, [{ rest: `${x.dim(0)}` }, inputs]);
}
