/** Padded frames against attention written out, with extents that are fixed and that are fed. */

import assert from "node:assert/strict";
import { openRuntime } from "../../../src/engine/runtime.ts";
import { paddedAttention as attention, paddedBatch } from "../../../src/layers/frames/padded.ts";
import type { AttentionSpec } from "../../../src/layers/attention.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { cast, reshape } from "../../../src/onnx/ops.ts";
import { numbers, testGradients } from "../../support/finite_differences.ts";
import { kindsOf, paddedAttention } from "./reference_attention.ts";

const shape = { batch: 2, length: 4 };
const tokens = shape.batch * shape.length;

/** Numbers without a pattern, the same at every run. */
function matrix(columns: number, seed: number) {
  const data = Float32Array.from({ length: tokens * columns }, (_, i) => Math.sin(seed + 5 * i));
  return { columns, data };
}

const fed = {
  ids: { data: new Int32Array(tokens), dims: [tokens] },
  positions: { data: new Int32Array(tokens), dims: [tokens] },
};

/** What a graph of one attention gives, with the extents known beforehand or fed. */
async function attend(heads: AttentionSpec, { known }: { known: boolean }) {
  const graph = new Graph("dense");
  const extents = known
    ? shape
    : { length: { name: "length", value: graph.input("length", "int64", []) } };
  const batch = paddedBatch(graph, extents);
  const rows = known ? tokens : "tokens";
  const [wide, narrow] = [heads.heads * heads.width, heads.kvHeads * heads.width];
  const projections = {
    queries: graph.input("queries", "float32", [rows, wide]),
    keys: graph.input("keys", "float32", [rows, narrow]),
    values: graph.input("values", "float32", [rows, narrow]),
  };
  graph.output("mixed", batch.frame.attend(projections, heads));
  graph.output("mean", attention(graph, extents).mean(projections, heads));
  graph.output("used", cast(reshape(batch.ids, [{ rest: "all" }]), "float32"));
  graph.output("places", cast(batch.positions, "float32"));
  const values = { queries: matrix(wide, 1), keys: matrix(narrow, 2), values: matrix(narrow, 3) };
  const feeds = Object.entries(values).map(([name, { columns, data }]) => [
    name,
    { data: data.slice(), dims: [tokens, columns] },
  ]);
  await using runtime = await openRuntime({ device: "cpu", threads: 1 });
  await runtime.load("dense", graph);
  const { outputs } = await runtime.run("dense", {
    ...structuredClone(fed),
    length: { data: BigInt64Array.of(BigInt(shape.length)), dims: [] },
    ...Object.fromEntries(feeds),
  });
  return { outputs, values };
}

const cases: readonly AttentionSpec[] = [
  { heads: 2, kvHeads: 2, width: 2, scale: 0.7 },
  { heads: 4, kvHeads: 2, width: 2, scale: 0.7 },
];

for (const [name, heads] of cases.flatMap(kindsOf)) {
  for (const known of [true, false]) {
    Deno.test(`${name}, extents ${known ? "known" : "fed"}: each token sees its own past`, async () => {
      const { outputs: { mixed, mean }, values } = await attend(heads, { known });
      const wide = heads.heads * heads.width;
      for (let token = 0; token < tokens; token++) {
        const first = token - token % shape.length;
        const keys = Array.from({ length: token - first + 1 }, (_, i) => first + i);
        const expected = paddedAttention(values, heads, { query: token, keys });
        near(mixed!.data.slice(token * wide, (token + 1) * wide), expected.output);
        const row = mean!.data.slice(token * shape.length, (token + 1) * shape.length);
        near(row, [...expected.weights, ...Array(shape.length - keys.length).fill(0)]);
      }
    });
  }
}

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

Deno.test("lengths are an input of the graph only once they are read", () => {
  const graph = new Graph("dense");
  const batch = paddedBatch(graph, shape);
  assert.deepEqual(graph.inputs.map(({ label }) => label), ["ids", "positions"]);
  assert.equal(batch.lengths(), batch.lengths());
  assert.deepEqual(graph.inputs.map(({ label }) => label), ["ids", "positions", "lengths"]);
});

function near(actual: ArrayLike<number | bigint>, expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((each, i) => assert.ok(Math.abs(Number(actual[i]) - each) < 1e-5, `${i}`));
}
