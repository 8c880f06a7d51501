import assert from "node:assert/strict";
import { Graph } from "../../src/onnx/graph.ts";
import * as ops from "../../src/onnx/ops.ts";
import { shapeRules } from "../../src/onnx/shapes.ts";
import type { Value } from "../../src/onnx/value.ts";

/** Every function of ops.ts once, on a small matrix, an index and a number of turns. */
function uses(x: Value, index: Value, count: Value): Record<keyof typeof ops, () => unknown> {
  const row = () => ops.reduceSum(x, [0]);
  const size = { name: "n", value: count };
  return {
    abs: () => ops.abs(x),
    add: () => ops.add(x, 1),
    and: () => ops.and(ops.less(x, 1), ops.greater(x, 0)),
    carry: () =>
      ops.carry(
        count,
        { name: "carry", initial: [x] },
        (_, carried) => ({ carried, collected: [] }),
      ),
    cast: () => ops.cast(x, "int32"),
    choose: () =>
      ops.choose(ops.greater(count, 0), {
        then: (bring) => bring(x),
        otherwise: (bring) => bring(x),
      }),
    concat: () => ops.concat([x, x], 0),
    cos: () => ops.cos(x),
    cumulativeSum: () => ops.cumulativeSum(x, 0),
    div: () => ops.div(x, 2),
    equal: () => ops.equal(x, 2),
    erf: () => ops.erf(x),
    exp: () => ops.exp(x),
    expand: () => ops.expand(ops.reduceSum(x, [0], { keep: true }), [4, 2]),
    gather: () => ops.gather(x, count),
    gatherElements: () => ops.gatherElements(x, index, 0),
    gelu: () => ops.gelu(x, "none"),
    gemm: () => ops.gemm(x, x),
    greater: () => ops.greater(x, 2),
    groupQueryAttention: () => {
      const { graph } = x;
      const texts = graph.constant({
        dtype: "float32",
        shape: [1, 1, 8],
        data: Array(8).fill(1),
      });
      const [last, longest] = [0, 1].map((each) =>
        graph.constant({ dtype: "int32", shape: [1], data: [each] })
      ) as [Value, Value];
      const inputs = { queries: texts, keys: texts, values: texts, last, longest };
      return ops.groupQueryAttention(inputs, { heads: 1, kvHeads: 1, scale: 1 });
    },
    integerProduct: () => {
      const graph = x.graph;
      const weight = graph.constant({ dtype: "int8", shape: [2, 1], data: [1, -1] });
      const scales = graph.constant({ dtype: "float32", shape: [1], data: [0.5] });
      return ops.integerProduct(ops.quantizeRows(x), weight, scales);
    },
    largest: () => ops.largest(x, 1),
    layerNormalization: () => ops.layerNormalization(x, row(), { epsilon: 1e-5 }),
    less: () => ops.less(x, 2),
    lessOrEqual: () => ops.lessOrEqual(x, 2),
    log: () => ops.log(x),
    loop: () => ops.loop(count, "loop", (turn) => [turn]),
    matmul: () => ops.matmul(x, x),
    max: () => ops.max(x, 2),
    min: () => ops.min(x, 2),
    mul: () => ops.mul(x, 2),
    neg: () => ops.neg(x),
    pad: () => ops.pad(x, { before: [0, 0], after: [1, 1] }),
    pow: () => ops.pow(x, 2),
    quantizeRows: () => ops.quantizeRows(x),
    range: () => ops.range(size),
    rearrange: () => {
      const rows = ops.reshape(ops.slice(index, { axis: 1, start: 0, end: 1 }), [2]);
      return ops.rearrange(x, { index: rows, back: rows });
    },
    reduceLogSumExp: () => ops.reduceLogSumExp(x, [0]),
    reduceMax: () => ops.reduceMax(x, [0]),
    reduceMean: () => ops.reduceMean(x, [0]),
    reduceMin: () => ops.reduceMin(x, [0]),
    reduceSum: () => ops.reduceSum(x, [0]),
    relu: () => ops.relu(x),
    reshape: () => ops.reshape(x, [4]),
    rmsNormalization: () => ops.rmsNormalization(x, row(), 1e-5),
    rotaryEmbedding: () => {
      const table = ops.reshape(row(), [2, 1]);
      const rows = ops.slice(index, { axis: 1, start: 0, end: 1 });
      return ops.rotaryEmbedding(ops.reshape(x, [2, 1, 2]), { rows, cos: table, sin: table }, {
        heads: 1,
      });
    },
    scatterAdd: () => ops.scatterAdd(x, { index, updates: x, axis: 0 }),
    shapeOf: () => ops.shapeOf(x),
    sigmoid: () => ops.sigmoid(x),
    sin: () => ops.sin(x),
    slice: () => ops.slice(x, { axis: 0, start: 0, end: 1 }),
    softmax: () => ops.softmax(x),
    split: () => ops.split(x, [1, 1], 0),
    sqrt: () => ops.sqrt(x),
    sub: () => ops.sub(x, 1),
    tanh: () => ops.tanh(x),
    transpose: () => ops.transpose(x, [1, 0]),
    where: () => ops.where(ops.less(x, 0), 0, x),
  };
}

Deno.test("every operator with a rule can be applied by a function, and the other way round", () => {
  const graph = new Graph("case");
  const x = graph.input("x", "float32", [2, 2]);
  const [index, count] = [graph.input("i", "int64", [2, 2]), graph.input("n", "int64", [])];
  const all = uses(x, index, count);
  assert.deepEqual(Object.keys(all).toSorted(), Object.keys(ops).toSorted());
  for (const use of Object.values(all)) use();
  const used = new Set(graph.nodes.map(({ op }) => op));
  for (const { attributes } of graph.nodes) {
    for (const each of Object.values(attributes)) {
      if ("graph" in each) each.graph.nodes.forEach(({ op }) => used.add(op));
    }
  }
  assert.deepEqual([...used].toSorted(), Object.keys(shapeRules));
});
