import assert from "node:assert/strict";
import { join } from "node:path";
import { Graph } from "../../src/onnx/graph.ts";
import { add, cast, choose, gather, greater, loop, matmul, mul } from "../../src/onnx/ops.ts";
import { serialize } from "../../src/onnx/serialize.ts";
import type { Dtype } from "../../src/onnx/value.ts";
import { Ledger } from "../../src/weights/ledger.ts";
import { openCheckpoint } from "../../src/weights/open.ts";
import { temporaryDirectory, type TestTensor, writeCheckpoint } from "../support/checkpoint.ts";
import { assertNear, openGraph, plain, runGraph } from "./run_graph.ts";

const scalar = (number: number) => ({ dims: [], data: [number], dtype: "int64" }) as const;

/** Tensors of several types; their numbers are exact in none but float32. */
const tensors: TestTensor[] = [
  { name: "first", shape: [3], data: [1 / 3, -2 / 3, 1e-3] },
  { name: "half", shape: [2, 2], data: [1 / 3, 2049, -1e-4, 65504], dtype: "float16" },
  { name: "brain", shape: [2, 2], data: [1 / 3, 257, -1e-30, 3e38], dtype: "bfloat16" },
  { name: "last", shape: [1, 2], data: [Math.PI, -Math.E] },
];

/** A graph that gives out every tensor of a directory as float32. */
async function readingGraph(directory: string): Promise<Graph> {
  const checkpoint = await openCheckpoint(directory);
  const ledger = new Ledger(checkpoint);
  const graph = new Graph("reader");
  for (const { name, shape } of checkpoint.tensors.values()) {
    graph.output(`${name}.out`, cast(graph.weight(ledger.take(name, shape)), "float32"));
  }
  return graph;
}

for (const folder of ["plain", "with a space, ü and 模型"]) {
  for (const shards of [1, 2]) {
    Deno.test(`weights are read in place from ${shards} file(s) in a folder called "${folder}"`, async () => {
      await using directory = await temporaryDirectory();
      const path = join(directory.path, folder);
      await Deno.mkdir(path);
      const parts = shards === 1 ? [tensors] : [tensors.slice(0, 2), tensors.slice(2)];
      await writeCheckpoint(path, ...parts);
      const checkpoint = await openCheckpoint(path);
      const found = await runGraph(await readingGraph(path));
      for (const { name, shape } of tensors) {
        const data = [...await checkpoint.read(name)];
        assertNear(found[`${name}.out`]!, { dims: shape, data }, { tolerance: 0, what: name });
      }
    });
  }
}

Deno.test("a model file is small, whatever its weights: they are named, not copied", async () => {
  await using directory = await temporaryDirectory();
  await writeCheckpoint(directory.path, [{
    name: "big",
    shape: [20_000],
    data: Array(20_000).fill(1),
  }]);
  const bytes = serialize(await readingGraph(directory.path));
  assert.ok(bytes.length < 1000, `${bytes.length} bytes`);
});

Deno.test("weights that lie beyond the end of their file are an error when the model is opened", async () => {
  await using directory = await temporaryDirectory();
  await writeCheckpoint(directory.path, [tensors[0]!]);
  const graph = new Graph("reader");
  const file = join(directory.path, "model.safetensors");
  const stored = {
    name: "w",
    dtype: "float32",
    shape: [3],
    file,
    offset: 1e6,
    length: 12,
  } as const;
  graph.output("out", mul(graph.weight(stored), 1));
  await assert.rejects(
    openGraph(graph),
    /External initializer: w offset: 1000000 .* out of bounds/,
  );
  const gone = new Graph("reader");
  gone.output("out", mul(gone.weight({ ...stored, file: `${file}.gone` }), 1));
  await assert.rejects(openGraph(gone), /model\.safetensors\.gone/);
});

Deno.test("bodies read weights, constants, inputs and results of the graphs around them", async () => {
  await using directory = await temporaryDirectory();
  await writeCheckpoint(directory.path, [tensors[3]!]);
  const ledger = new Ledger(await openCheckpoint(directory.path));
  const graph = new Graph("captures");
  const [x, turns] = [graph.input("x", "float32", [2]), graph.input("turns", "int64", [])];
  const weight = graph.weight(ledger.take("last", [1, 2]));
  const doubled = mul(x, 2);
  const [rows] = loop(turns, "outer", (turn) => {
    const inner = loop(turn.graph.pass(turns), "inner", (other) => {
      const both = add(cast(turn, "float32"), cast(other, "float32"));
      return [
        choose(greater(both, 1), {
          then: (bring) => add(mul(bring(both), doubled), weight),
          otherwise: (bring) => add(bring(doubled), mul(weight, 0)),
        }),
      ];
    });
    return inner;
  });
  graph.output("rows", rows!);
  const found = await runGraph(graph, { x: plain([1, 10]), turns: scalar(2) });
  const beyond = [2 * 2 + Math.fround(Math.PI), 2 * 20 - Math.fround(Math.E)];
  assertNear(found["rows"]!, {
    dims: [2, 2, 1, 2],
    data: [2, 20, 2, 20, 2, 20, ...beyond],
  });
});

Deno.test("an output may also be read further on, and by the body of a loop", async () => {
  const graph = new Graph("outputs");
  const [x, turns] = [graph.input("x", "float32", [2]), graph.input("turns", "int64", [])];
  const doubled = mul(x, 2);
  graph.output("doubled", doubled);
  graph.output("fourfold", mul(doubled, 2));
  const [rows] = loop(turns, "body", (turn) => [add(doubled, cast(turn, "float32"))]);
  graph.output("rows", rows!);
  const found = await runGraph(graph, { x: plain([1, 2]), turns: scalar(2) });
  assertNear(found["doubled"]!, plain([2, 4]));
  assertNear(found["fourfold"]!, plain([4, 8]));
  assertNear(found["rows"]!, plain([[2, 4], [3, 5]]));
});

Deno.test("an output may be an input, a constant, a weight, or a value that goes out already", async () => {
  await using directory = await temporaryDirectory();
  await writeCheckpoint(directory.path, [tensors[3]!]);
  const ledger = new Ledger(await openCheckpoint(directory.path));
  const graph = new Graph("passing");
  const x = graph.input("x", "float32", ["tokens"]);
  const tripled = mul(x, 3);
  graph.output("x too", x);
  graph.output("number", graph.scalar("float32", 4));
  graph.output("weight", graph.weight(ledger.take("last", [1, 2])));
  graph.output("tripled", tripled);
  graph.output("tripled too", tripled);
  const found = await runGraph(graph, { x: plain([1, 2]) });
  assertNear(found["x too"]!, plain([1, 2]));
  assertNear(found["number"]!, plain(4));
  assertNear(found["weight"]!, plain([[Math.PI, -Math.E]]));
  assertNear(found["tripled"]!, plain([3, 6]));
  assertNear(found["tripled too"]!, plain([3, 6]));
});

Deno.test("constants of every element type arrive as they were written", async () => {
  const written: Record<Dtype, number[]> = {
    float64: [1.5, -0.1, 3e300],
    float32: [1.5, -0.1, 3e38],
    float16: [1.5, -2, 65504],
    bfloat16: [1.5, -2, 2 ** 100],
    int64: [-1, 0, 2 ** 40],
    int32: [-(2 ** 31), 5, 2 ** 31 - 1],
    int8: [-128, 0, 127],
    uint8: [0, 7, 255],
    bool: [0, 1, 1],
  };
  const graph = new Graph("constants");
  for (const [dtype, data] of Object.entries(written)) {
    const constant = graph.constant({ dtype: dtype as Dtype, shape: [3], data });
    const readable = dtype === "bfloat16" ? cast(constant, "float32") : constant;
    graph.output(dtype, readable);
  }
  graph.output("empty", graph.constant({ dtype: "float32", shape: [0, 2], data: [] }));
  const found = await runGraph(graph);
  for (const [dtype, data] of Object.entries(written)) {
    assertNear(found[dtype]!, {
      dims: [3],
      data: dtype === "float32" ? data.map(Math.fround) : data,
      dtype: dtype === "bfloat16" ? "float32" : dtype as Dtype,
    }, { tolerance: 0, what: dtype });
  }
  assert.deepEqual(found["empty"]?.dims, [0, 2]);
});

Deno.test("the runtime learns the numbers of extents and none of their names", async () => {
  const graph = new Graph("shapes");
  const x = graph.input("x", "float32", ["tokens", 4, "?"]);
  graph.output("y", mul(x, 2));
  const session = await openGraph(graph);
  const shapes = [session.inputMetadata, session.outputMetadata].map(([each]) =>
    each?.isTensor ? each.shape : undefined
  );
  await session.release();
  for (const shape of shapes) {
    assert.equal(shape?.length, 3);
    assert.equal(shape[1], 4);
    assert.ok(!shape.includes("tokens") && !shape.includes("?"), `${shape}`);
  }
});

Deno.test("extents that nobody named may differ from run to run and from each other", async () => {
  const graph = new Graph("unknown");
  const [x, y] = ["x", "y"].map((name) => graph.input(name, "float32", ["?", "?"]));
  const index = graph.input("index", "int64", ["?"]);
  graph.output("out", gather(matmul(x!, y!), index));
  const found = await runGraph(graph, {
    x: { dims: [3, 1], data: [1, 2, 3] },
    y: { dims: [1, 2], data: [10, 20] },
    index: { dims: [1], data: [2], dtype: "int64" },
  });
  assertNear(found["out"]!, plain([[30, 60]]));
});

Deno.test("a graph is written the same way every time, and can grow afterwards", async () => {
  const graph = new Graph("growing");
  const x = graph.input("x", "float32", [1]);
  graph.output("one", add(x, 1));
  const first = serialize(graph);
  assert.deepEqual(serialize(graph), first);
  graph.output("two", add(x, 2));
  assert.notDeepEqual(serialize(graph), first);
  const found = await runGraph(graph, { x: plain([5]) });
  assertNear(found["two"]!, plain([7]));
});
