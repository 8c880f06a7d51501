/** Padded frames: derivatives, and what they declare. Their numbers are held to tests/contracts/frames_test.ts. */

import assert from "node:assert/strict";
import { paddedAttention as attention, paddedBatch } from "../../../src/layers/frames/padded.ts";
import type { AttentionSpec } from "../../../src/layers/attention.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { numbers, testGradients } from "../../support/finite_differences.ts";
import { kindsOf } from "./reference_attention.ts";

const shape = { batch: 2, length: 4 };
const tokens = shape.batch * shape.length;

const cases: readonly AttentionSpec[] = [
  { heads: 2, kvHeads: 2, width: 2, scale: 0.7 },
  { heads: 4, kvHeads: 2, width: 2, scale: 0.7 },
];

Deno.test("whole sequences are not attended to without their lengths", () => {
  const graph = new Graph("dense");
  const [spec] = cases;
  const x = graph.input("x", "float32", [tokens, 4]);
  const padded = attention(graph, { ...shape, attention: "bidirectional" });
  assert.throws(() => padded.mean({ queries: x, keys: x }, spec!), {
    name: "TypeError",
    message: "Cannot attend to whole sequences as their lengths are not given",
  });
});

const inputs = ({ heads, kvHeads, width }: AttentionSpec) => ({
  queries: numbers([tokens, heads * width], 1),
  keys: numbers([tokens, kvHeads * width], 2),
  values: numbers([tokens, kvHeads * width], 3),
});
const fedLength = { dims: [], data: [shape.length], dtype: "int64" as const };

testGradients(
  cases.flatMap(kindsOf).flatMap(([name, heads]) => [
    {
      name: `${name}, extents known: its derivative`,
      feed: inputs(heads),
      build: (projections, graph) => attention(graph, shape).attend(projections as never, heads),
    },
    {
      name: `${name}, extents fed: its derivative`,
      feed: { ...inputs(heads), length: fedLength },
      build: ({ length, ...projections }, graph) =>
        attention(graph, { length: { name: "length", value: length! } })
          .attend(projections as never, heads),
    },
  ]),
);

Deno.test("lengths and types are inputs of the graph only once they are read", () => {
  const graph = new Graph("dense");
  const batch = paddedBatch(graph, shape);
  assert.deepEqual(graph.inputs.map(({ label }) => label), ["ids", "positions"]);
  assert.equal(batch.lengths(), batch.lengths());
  assert.equal(batch.types(), batch.types());
  assert.deepEqual(graph.inputs.map(({ label }) => label), [
    "ids",
    "positions",
    "lengths",
    "types",
  ]);
});
