import assert from "node:assert/strict";
import { Graph } from "../../../src/onnx/graph.ts";
import { apply, binary, graphOf, lift, unary } from "../../../src/onnx/ops/apply.ts";
import { refuses } from "../operator_case.ts";

Deno.test("a node's graph is the innermost of its inputs'", () => {
  const outer = new Graph("outer");
  const inner = new Graph("inner", outer);
  const [x, y] = [outer.input("x", "float32", []), inner.input("y", "float32", [])];
  assert.equal(graphOf([x, undefined]), outer);
  assert.equal(graphOf([x, y]), inner);
  assert.equal(graphOf([y, x]), inner);
  assert.throws(() => graphOf([undefined]), {
    name: "TypeError",
    message: "Cannot apply an operator to no value",
  });
});

Deno.test("an operator is applied in the graph of its inputs", () => {
  const graph = new Graph("case");
  const x = graph.input("x", "float32", ["tokens"]);
  const y = apply("Tanh", [x]);
  assert.deepEqual(graph.nodes.map(({ op, inputs, outputs }) => ({ op, inputs, outputs })), [
    { op: "Tanh", inputs: [x], outputs: [y] },
  ]);
  assert.deepEqual(unary("Tanh")(x).shape, ["tokens"]);
});

Deno.test("numbers become constants of the other operand's type, in the outermost graph", () => {
  const outer = new Graph("outer");
  const inner = new Graph("inner", outer);
  const x = inner.input("x", "int64", [2]);
  const three = lift(3, "int64", inner);
  assert.equal(three.graph, outer);
  assert.equal(lift(x, "int64", inner), x);
  const sum = binary("Add")(3, x);
  assert.deepEqual(inner.nodes[0]?.inputs, [three, x]);
  assert.equal(sum.dtype, "int64");
});

Deno.test("values of graphs that stand side by side do not mix", () => {
  const outer = new Graph("outer");
  const [left, right] = [new Graph("left", outer), new Graph("right", outer)];
  const [x, y] = [left.input("x", "float32", [2]), right.input("y", "float32", [2])];
  assert.throws(() => binary("Add")(x, y), {
    name: "TypeError",
    message:
      'Cannot apply Add in graph "left" as an input belongs to another graph: received y float32[2] of "right"',
  });
});

Deno.test("two numbers are no operands", () => {
  // Types forbid it; a value that came from elsewhere may still be one.
  const add = binary("Add") as unknown as (a: number, b: number) => unknown;
  refuses(() => add(1, 2), "Cannot apply Add to two numbers: received 1 and 2");
});
