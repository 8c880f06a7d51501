import assert from "node:assert/strict";
import { Graph, type StoredWeight } from "../../src/onnx/graph.ts";
import { add, loop, mul, reshape } from "../../src/onnx/ops.ts";
import { describe } from "../../src/onnx/value.ts";

const stored: StoredWeight = {
  name: "model.weight",
  dtype: "float32",
  shape: [2, 3],
  file: "/models/model.safetensors",
  offset: 64,
  length: 24,
};

Deno.test("a graph lists what it was given, in order", () => {
  const graph = new Graph("case");
  const x = graph.input("x", "float32", ["tokens", 3]);
  const y = graph.input("y", "float32", [3]);
  const sum = add(x, y);
  graph.output("sum", sum);
  assert.deepEqual(graph.inputs, [x, y]);
  assert.deepEqual(graph.nodes.map(({ op }) => op), ["Add"]);
  assert.deepEqual([...graph.outputs], [["sum", sum]]);
  assert.equal(describe(sum), "float32[tokens, 3]");
});

Deno.test("names are used once, be they of inputs, outputs or weights", () => {
  const clashes: ((graph: Graph) => unknown)[] = [
    (graph) => graph.input("x", "float32", []),
    (graph) => graph.weight({ ...stored, name: "x" }),
    (graph) => graph.output("x", graph.scalar("float32", 1)),
    (graph) => new Graph("body", graph).input("x", "float32", []),
  ];
  for (const clash of clashes) {
    const graph = new Graph("case");
    graph.input("x", "float32", []);
    assert.throws(() => clash(graph), {
      message: 'Cannot use a name twice in graph "case": received "x"',
    });
  }
});

Deno.test("names of checkpoints never meet those that the graph gives", () => {
  const graph = new Graph("case");
  for (const name of ["v0", "c0", "0", "1"]) graph.weight({ ...stored, name });
  const x = graph.input("x", "float32", [1]);
  assert.doesNotThrow(() => add(add(x, 1), 2));
});

Deno.test("a weight that is asked for again is the same value", () => {
  const graph = new Graph("case");
  const weight = graph.weight(stored);
  assert.equal(graph.weight({ ...stored }), weight);
  assert.equal(describe(weight), "float32[2, 3]");
  assert.deepEqual([...graph.weights.values()], [stored]);
  assert.throws(() => graph.weight({ ...stored, file: "/models/other.safetensors" }), {
    message: 'Cannot use a name twice in graph "case": received "model.weight"',
  });
});

Deno.test("equal numbers and equal vectors of integers are one constant", () => {
  const graph = new Graph("case");
  const body = new Graph("body", graph);
  assert.equal(graph.scalar("float32", 1), body.scalar("float32", 1));
  assert.notEqual(graph.scalar("float32", 1), graph.scalar("int64", 1));
  assert.notEqual(graph.scalar("float32", 0), graph.scalar("float32", -0));
  assert.equal(graph.integers([1, 2]), body.integers([1, 2]));
  assert.notEqual(graph.integers([1]), graph.scalar("int64", 1));
  assert.equal(graph.integers([]), graph.integers([]));
  assert.equal(body.constants.size, 0);
});

Deno.test("constants hold as many numbers as their shape says, of their type", () => {
  const graph = new Graph("case");
  const cases: [Parameters<Graph["constant"]>[0], string][] = [
    [
      { dtype: "float32", shape: [2, 2], data: [1, 2, 3] },
      "Cannot write a constant as its numbers do not fill its shape: received 3 for float32[2, 2]",
    ],
    [
      { dtype: "float32", shape: ["tokens"], data: [1] },
      "Cannot write a constant as its numbers do not fill its shape: received 1 for float32[tokens]",
    ],
    [
      { dtype: "int32", shape: [1], data: [0.5] },
      "Cannot write a constant of int32 as it holds no such number: received 0.5",
    ],
    [
      { dtype: "bool", shape: [], data: [2] },
      "Cannot write a constant of bool as it holds no such number: received 2",
    ],
  ];
  for (const [constant, message] of cases) {
    assert.throws(() => graph.constant(constant), { name: "TypeError", message });
  }
  assert.equal(describe(graph.constant({ dtype: "int8", shape: [0], data: [] })), "int8[0]");
});

Deno.test("numbers that a rule knows beat the names a caller gives, names beat what is unknown", () => {
  const graph = new Graph("case");
  const x = graph.input("x", "float32", ["tokens", 6]);
  const emit = (declared: (string | number)[]) =>
    describe(graph.emit("Tanh", [x], { declared })[0]!);
  assert.equal(emit(["rows", "columns"]), "float32[rows, 6]");
  assert.equal(emit(["?", "?"]), "float32[tokens, 6]");
  assert.equal(emit([4, 6]), "float32[4, 6]");
  assert.throws(() => emit(["tokens", 5]), {
    name: "TypeError",
    message: "Cannot take the result of Tanh for [tokens, 5]: received float32[tokens, 6]",
  });
  assert.throws(() => emit(["tokens"]), {
    name: "TypeError",
    message: "Cannot take the result of Tanh for [tokens]: received float32[tokens, 6]",
  });
});

Deno.test("outputs are made by nodes of the graph, each under one name", () => {
  const graph = new Graph("case");
  const x = graph.input("x", "float32", [2]);
  const y = mul(x, 2);
  graph.output("made", y);
  graph.output("again", y);
  graph.output("fed", x);
  graph.output("constant", graph.scalar("float32", 3));
  const outputs = [...graph.outputs.values()];
  assert.equal(new Set(outputs).size, 4);
  assert.deepEqual(graph.nodes.map(({ op }) => op), ["Mul", "Identity", "Identity", "Identity"]);
  for (const output of outputs) {
    assert.ok(graph.nodes.some(({ outputs: [made] }) => made === output));
  }
});

Deno.test("a body stands within the graphs around it and reads their values, not the other way", () => {
  const graph = new Graph("case");
  const turns = graph.input("turns", "int64", []);
  let body: Graph | undefined;
  loop(turns, "body", (turn) => {
    body = turn.graph;
    return [turn];
  });
  assert.ok(body !== undefined && body.within(graph) && body.within(body));
  assert.equal(graph.within(body), false);
  assert.equal(body.root, graph);
  const [turn] = body.inputs;
  assert.throws(() => graph.emit("Identity", [turn]), {
    name: "TypeError",
    message:
      `Cannot apply Identity in graph "case" as an input belongs to another graph: received ${turn?.label} int64[] of "${body.name}"`,
  });
});

Deno.test("values of another graph are refused, not merged", () => {
  const x = new Graph("one").input("x", "float32", [2]);
  const y = new Graph("other").input("y", "float32", [2]);
  assert.throws(() => add(x, y), {
    message:
      'Cannot apply Add in graph "one" as an input belongs to another graph: received y float32[2] of "other"',
  });
});

Deno.test("operators without an input they need, or an attribute, are refused", () => {
  const graph = new Graph("case");
  const x = graph.input("x", "float32", [2, 3]);
  assert.throws(() => graph.emit("Add", [x]), {
    name: "TypeError",
    message: "Cannot apply Add as its input 1 is missing: received float32[2, 3]",
  });
  assert.throws(() => graph.emit("Concat", [x]), {
    name: "TypeError",
    message: 'Cannot apply Concat as its attribute "axis" is missing: received float32[2, 3]',
  });
  assert.throws(() => graph.emit("LayerNormalization", [undefined, x]), {
    name: "TypeError",
    message: "Cannot apply LayerNormalization as its input 0 is missing: received -, float32[2, 3]",
  });
  assert.equal(graph.nodes.length, 0);
});

Deno.test("graphs compose: what one function builds, another goes on with", () => {
  const graph = new Graph("case");
  const x = graph.input("x", "float32", ["tokens", 4]);
  const twice = (build: typeof reshape) =>
    build(build(x, [{ rest: "pairs" }, 2]), [{ rest: "tokens" }, 4]);
  assert.equal(describe(add(x, twice(reshape))), "float32[tokens, 4]");
});

Deno.test("optional outputs are there if they are wanted", () => {
  const graph = new Graph("statistics");
  const [x, weight] = [graph.input("x", "float32", [2, 3]), graph.input("w", "float32", [3])];
  const shapes = (outputs?: number) =>
    graph.emit("LayerNormalization", [x, weight], outputs === undefined ? {} : { outputs })
      .map(({ shape }) => shape);
  assert.deepEqual(shapes(), [[2, 3], [2, 1], [2, 1]]);
  assert.deepEqual(shapes(1), [[2, 3]]);
});
