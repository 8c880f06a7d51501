import assert from "node:assert/strict";
import { adaptedWeights } from "../../src/layers/adapted_weights.ts";
import type { OutputRange } from "../../src/layers/linear.ts";
import { storedWeights } from "../../src/layers/stored_weights.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { Ledger } from "../../src/weights/ledger.ts";
import type { StoredTensor, TensorLedger } from "../../src/weights/checkpoint.ts";
import { openCheckpoint } from "../../src/weights/open.ts";
import { assertNear, runGraph } from "../onnx/run_graph.ts";
import { temporaryDirectory, type TestTensor, writeCheckpoint } from "../support/checkpoint.ts";

const down = [[1, -1, 2]]; // A, [rank, inputs]
const up = [[1], [2], [3], [4]]; // B, [outputs, rank]
const tensors: TestTensor[] = [
  { name: "part.weight", shape: [4, 3], data: [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1] },
  { name: "turned.weight", shape: [3, 4], data: [1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1] },
  { name: "table.weight", shape: [3, 4], data: [1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1] },
  { name: "A", shape: [1, 3], data: down.flat() },
  { name: "B", shape: [4, 1], data: up.flat() },
  { name: "bias", shape: [4], data: [8, 6, 4, 2] },
];

/** A source over these tensors, each module of which has the matrices A and B. */
async function open(graph: Graph, { scale = 0.5, bias = false } = {}) {
  const directory = await temporaryDirectory();
  await writeCheckpoint(directory.path, tensors);
  const checkpoint = await openCheckpoint(directory.path);
  const stored = (name: string) => checkpoint.tensors.get(name) as StoredTensor;
  const plain = new Ledger(checkpoint);
  const ledger: TensorLedger = {
    take: (...all) => plain.take(...all),
    has: (name) => plain.has(name),
    ignore: (...all) => plain.ignore(...all),
    settle: () => plain.settle(),
    update: (_, { inputs, outputs }) => {
      assert.deepEqual([inputs, outputs], [3, 4], "extents are those of the stored tensors");
      const own = { down: stored("A"), up: stored("B"), scale };
      return bias ? { ...own, bias: stored("bias") } : own;
    },
  };
  const source = adaptedWeights(storedWeights(graph, plain, "float32"), graph, ledger);
  return { source, [Symbol.asyncDispose]: directory[Symbol.asyncDispose] };
}

const x = [[1, 2, 3], [0, 1, -1]];

/** `x @ (W + scale * B A).T`, and the bias of B. */
function expected(scale: number, bias = [0, 0, 0, 0]): number[][] {
  const weight = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]];
  return x.map((row) =>
    weight.map((own, out) =>
      row.reduce(
        (sum, each, i) => sum + each * (own[i]! + scale * up[out]![0]! * down[0]![i]!),
        0,
      ) +
      scale * bias[out]!
    )
  );
}

const plain = (rows: number[][]) => ({
  dims: [rows.length, rows[0]!.length],
  data: rows.flat(),
});

Deno.test("a product is that with W + scale B A, in either layout, whole or in part", async () => {
  for (const [name, layout] of [["part", "out-in"], ["turned", "in-out"]] as const) {
    for (const range of [undefined, { of: 4, start: 1 }, { of: 4, start: 1, every: 2 }]) {
      const columns = pick(range);
      const graph = new Graph("case");
      await using opened = await open(graph);
      const input = graph.input("x", "float32", ["rows", 3]);
      const shape = { inputs: 3, outputs: columns.length, bias: false, layout };
      graph.output("y", opened.source.linear(input, name, range ? { ...shape, range } : shape));
      const { y } = await runGraph(graph, { x: plain(x) });
      const wanted = expected(0.5).map((row) => columns.map((at) => row[at]!));
      assertNear(y!, plain(wanted), { tolerance: 1e-6 });
    }
  }
});

/** The outputs of a range, two of them. */
function pick(range: OutputRange | undefined): number[] {
  if (range === undefined) return [0, 1, 2, 3];
  return range.every === undefined ? [1, 2] : [1, 3];
}

Deno.test("the bias of B is scaled as the matrices are", async () => {
  const graph = new Graph("case");
  await using opened = await open(graph, { scale: 2, bias: true });
  const input = graph.input("x", "float32", ["rows", 3]);
  const shape = { inputs: 3, outputs: 4, bias: false };
  graph.output("y", opened.source.linear(input, "part", shape));
  const { y } = await runGraph(graph, { x: plain(x) });
  assertNear(y!, plain(expected(2, [8, 6, 4, 2])), { tolerance: 1e-6 });
});

Deno.test("rows of a table are those of W + scale (B A).T", async () => {
  const graph = new Graph("case");
  await using opened = await open(graph);
  const index = graph.input("index", "int32", ["rows"]);
  graph.output("y", opened.source.rows(index, "table", { count: 3, width: 4 }));
  const { y } = await runGraph(graph, { index: { dims: [2], data: [2, 0], dtype: "int32" } });
  const table = [[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1]];
  const wanted = [2, 0].map((row) =>
    table[row]!.map((own, column) => own + 0.5 * down[0]![row]! * up[column]![0]!)
  );
  assertNear(y!, plain(wanted), { tolerance: 1e-6 });
});
