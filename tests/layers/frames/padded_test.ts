/** Padded frames against attention written out, with extents that are fixed and that are fed. */

import assert from "node:assert/strict";
import { openRuntime } from "../../../src/engine/runtime.ts";
import { paddedAttention as attention, paddedBatch } from "../../../src/layers/frames/padded.ts";
import type { AttentionSpec } from "../../../src/layers/attention.ts";
import type { AttentionKind } from "../../../src/tree/window.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { cast, reshape } from "../../../src/onnx/ops.ts";
import { numbers, testGradients } from "../../support/finite_differences.ts";
import { kindsOf, plainAttention } from "./reference_attention.ts";

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

/** The length of each sequence where attention depends on it. */
const lengths = [4, 2];

interface Attending {
  readonly known: boolean;
  readonly kind: AttentionKind;
}

/** What a graph of one attention gives, with the extents known beforehand or fed. */
async function attend(heads: AttentionSpec, { known, kind }: Attending) {
  const graph = new Graph("dense");
  const extents = known
    ? shape
    : { length: { name: "length", value: graph.input("length", "int64", []) } };
  const batch = paddedBatch(graph, { ...extents, attention: kind });
  const rows = known ? tokens : "tokens";
  const [wide, narrow] = [heads.heads * heads.width, heads.kvHeads * heads.width];
  const projections = {
    queries: graph.input("queries", "float32", [rows, wide]),
    keys: graph.input("keys", "float32", [rows, narrow]),
    values: graph.input("values", "float32", [rows, narrow]),
  };
  graph.output("mixed", batch.frame.attend(projections, heads));
  const padded = attention(graph, { ...extents, attention: kind }, batch.lengths);
  graph.output("mean", padded.mean(projections, heads));
  graph.output("lengths too", cast(batch.lengths(), "float32"));
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
    lengths: { data: Int32Array.from(Array(tokens), (_, i) => lengths[i >> 2]!), dims: [tokens] },
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
    for (const kind of ["causal", "bidirectional"] as const) {
      const told = `${name}, extents ${known ? "known" : "fed"}, ${kind}`;
      Deno.test(`each token sees its own sequence alone: ${told}`, async () => {
        assertAttends(heads, { kind, ...await attend(heads, { known, kind }) });
      });
    }
  }
}

function assertAttends(
  heads: AttentionSpec,
  { kind, outputs, values }: Awaited<ReturnType<typeof attend>> & { kind: AttentionKind },
): void {
  const wide = heads.heads * heads.width;
  const { mixed, mean } = outputs;
  lengths.forEach((length, i) => {
    const first = i * shape.length;
    const sequence = Array.from({ length }, (_, position) => first + position);
    sequence.forEach((token, position) => {
      const expected = plainAttention(values, heads, { sequence, position, kind });
      near(mixed!.data.slice(token * wide, (token + 1) * wide), expected.output);
      const row = mean!.data.slice(token * shape.length, (token + 1) * shape.length);
      near(row, [...expected.weights, ...Array(shape.length - length).fill(0)]);
    });
  });
}

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
