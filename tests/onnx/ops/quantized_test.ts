/** Quantised rows and products, as onnxruntime computes them. */

import assert from "node:assert/strict";
import { Graph } from "../../../src/onnx/graph.ts";
import { integerProduct, quantizeRows } from "../../../src/onnx/ops/quantized.ts";
import { runGraph } from "../run_graph.ts";

/** Rows and what becomes of them. */
async function rounded(rows: readonly (readonly number[])[]) {
  const graph = new Graph("case");
  const columns = rows[0]!.length;
  const { numbers, scales } = quantizeRows(graph.input("x", "float32", ["rows", columns]));
  graph.output("numbers", numbers);
  graph.output("scales", scales);
  const outputs = await runGraph(graph, { x: { dims: [rows.length, columns], data: rows.flat() } });
  return { numbers: outputs.numbers!.data, scales: outputs.scales!.data };
}

Deno.test("each row is rounded by its own largest number, and a half to the even one", async () => {
  const { numbers, scales } = await rounded([[127, -63, 0.5, 1.5], [-254, 2, 1, 0]]);
  assert.deepEqual(numbers, [255, 65, 128, 130, 1, 129, 128, 128]);
  assert.deepEqual(scales, [1, 2]);
});

Deno.test("a row of zeros stays one", async () => {
  const { numbers } = await rounded([[0, 0, 0]]);
  assert.deepEqual(numbers, [128, 128, 128]);
});

Deno.test("a number that is not finite makes the scale of its row such, wherever it stands", async () => {
  for (const wrong of [NaN, Infinity, -Infinity]) {
    for (let at = 0; at < 40; at++) {
      const row = Array.from({ length: 40 }, (_, i) => i === at ? wrong : i);
      const { scales } = await rounded([row, row.map((each, i) => i === at ? 1 : each)]);
      assert.ok(!Number.isFinite(scales[0]), `${wrong} at ${at}`);
      assert.ok(Number.isFinite(scales[1]));
    }
  }
});

Deno.test("sums are exact at the ends of the ranges, which 16 bits would cut off", async () => {
  const graph = new Graph("case");
  const inner = 64;
  const x = graph.input("x", "float32", ["rows", inner]);
  const data = Array.from({ length: 2 * inner }, (_, i) => i % 2 === 0 ? 64 : -64);
  const weight = graph.constant({ dtype: "int8", shape: [inner, 2], data });
  const scales = graph.constant({ dtype: "float32", shape: [2], data: [1, 0.5] });
  graph.output("y", integerProduct(quantizeRows(x), weight, scales));
  const rows = [127, -127].flatMap((each) => Array.from({ length: inner }, () => each));
  const { y } = await runGraph(graph, { x: { dims: [2, inner], data: rows } });
  const most = inner * 127 * 64;
  assert.deepEqual(y!.data, [most, -most / 2, -most, most / 2]);
});
