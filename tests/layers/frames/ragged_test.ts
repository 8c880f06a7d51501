/** Ragged frames: derivatives, and what they declare. Their numbers are held to tests/contracts/frames_test.ts. */

import assert from "node:assert/strict";
import type { AttentionSpec } from "../../../src/layers/attention.ts";
import type { Frame } from "../../../src/layers/frames/frame.ts";
import { paddedBatch } from "../../../src/layers/frames/padded.ts";
import { raggedBatch } from "../../../src/layers/frames/ragged.ts";
import { gradients } from "../../../src/onnx/gradient.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { mul } from "../../../src/onnx/ops.ts";
import { describe } from "../../../src/onnx/value.ts";
import { assertNear, type Plain, runGraph } from "../../onnx/run_graph.ts";
import { kindsOf } from "./reference_attention.ts";

Deno.test("every token is a row of every layer, and lengths are declared once they are read", () => {
  const graph = new Graph("case");
  const { frame, lengths } = raggedBatch(graph, { batch: 4, length: 5 });
  const ids = graph.inputs[0]!;
  assert.equal(frame.select(ids), ids);
  assert.equal(frame.rowTokens(), frame.keyTokens());
  assert.equal(describe(frame.rowTokens()), "int64[1, tokens]");
  assert.ok(!graph.inputs.some(({ label }) => label === "lengths"));
  assert.equal(describe(lengths()), "int32[tokens]");
  assert.equal(lengths(), lengths());
});

/** A batch of 2 sequences, of 3 tokens and of 1, with room for 3: the place of each token. */
const shape = { batch: 2, length: 3 };
const places = [0, 1, 2, 3];

for (const [name, spec] of kindsOf({ heads: 4, kvHeads: 2, width: 2, scale: 0.7 })) {
  Deno.test(`${name}: derivatives are those of the padded frame, which differences are held to`, async () => {
    const ragged = await derivatives(spec, {
      rows: 4,
      frame: (graph) => raggedBatch(graph, shape).frame,
    });
    const padded = await derivatives(spec, {
      rows: 6,
      frame: (graph) => paddedBatch(graph, shape).frame,
    });
    for (const [input, { dims, data }] of Object.entries(padded)) {
      const own = { dims: [4, dims[1]!], data: data.slice(0, 4 * dims[1]!) };
      assertNear(ragged[input]!, own, { what: input });
      assert.ok(data.slice(0, 4 * dims[1]!).some((slope) => Math.abs(slope) > 0.01));
    }
  });
}

/** The derivatives of all that attention gives at the first four rows, each with a weight of its own. */
async function derivatives(
  spec: AttentionSpec,
  { rows, frame: make }: { rows: number; frame: (graph: Graph) => Frame },
): Promise<Record<string, Plain>> {
  const { heads, kvHeads, width } = spec;
  const graph = new Graph("case");
  const frame = make(graph);
  const extent = rows === 4 ? "tokens" : rows;
  const columns = { queries: heads, keys: kvHeads, values: kvHeads, weights: heads };
  const input = (name: keyof typeof columns) =>
    graph.input(name, "float32", [extent, columns[name] * width]);
  const projections = { queries: input("queries"), keys: input("keys"), values: input("values") };
  const loss = mul(frame.attend(projections, spec), input("weights"));
  const names = Object.keys(projections);
  gradients(loss, Object.values(projections)).forEach((slope, i) =>
    graph.output(`d.${names[i]}`, slope)
  );
  graph.output("loss", loss);
  const whole = (data: number[]): Plain => ({ dims: [data.length], data, dtype: "int32" });
  const layout = { slots: whole([...places, 3, 3]), places: whole(places) };
  const perToken = whole(Array(rows).fill(0));
  const numbers = Object.entries(columns).map(([name, count], seed): [string, Plain] => {
    const data = Array.from({ length: rows * count * width }, (_, i) => {
      return name === "weights" && i >= 4 * count * width ? 0 : Math.sin(seed + 1 + 1.7 * i);
    });
    return [name, { dims: [rows, count * width], data }];
  });
  const feeds = { ...layout, ids: perToken, positions: perToken, ...Object.fromEntries(numbers) };
  for (const name of ["ids", "positions"]) {
    graph.output(`${name} too`, graph.inputs.find(({ label }) => label === name)!);
  }
  const declared = new Set(graph.inputs.map(({ label }) => label));
  const found = await runGraph(
    graph,
    Object.fromEntries(Object.entries(feeds).filter(([name]) => declared.has(name))),
  );
  return Object.fromEntries(Object.entries(found).filter(([name]) => name.startsWith("d.")));
}
