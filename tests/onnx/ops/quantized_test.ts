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

Deno.test("sums are exact up to the largest pairs of weights, which 16 bits just hold", async () => {
  const inner = 64;
  const pairs = [[64, 64], [-64, -64], [127, 1], [1, 127], [-127, -1], [127, -127], [-127, 127]];
  const graph = new Graph("case");
  const x = graph.input("x", "float32", ["rows", inner]);
  const data = Array.from({ length: inner }, (_, i) => pairs.map((pair) => pair[i % 2]!)).flat();
  const weight = graph.constant({ dtype: "int8", shape: [inner, pairs.length], data });
  const scales = graph.constant({
    dtype: "float32",
    shape: [pairs.length],
    data: pairs.map(() => 1),
  });
  graph.output("y", integerProduct(quantizeRows(x), weight, scales));
  // One row alone has a kernel of its own.
  for (const count of [1, 2, 7, 30]) {
    const signs = Array.from({ length: count }, (_, row) => [row % 2 === 0, row % 3 === 0]);
    const rows = signs.map((signs) => signs.map((positive) => positive ? 127 : -127));
    const numbers = rows.flatMap((row) => Array.from({ length: inner }, (_, i) => row[i % 2]!));
    const { y } = await runGraph(graph, { x: { dims: [count, inner], data: numbers } });
    const expected = rows.flatMap(([a, b]) =>
      pairs.map(([v, w]) => (a! * v! + b! * w!) * inner / 2)
    );
    assert.deepEqual(y!.data.map((each) => each + 0), expected.map((each) => each + 0));
  }
});
