import assert from "node:assert/strict";
import { Graph } from "../../src/onnx/graph.ts";
import { type OpName, shapeRules } from "../../src/onnx/shapes.ts";

const operators = Object.keys(shapeRules) as OpName[];

Deno.test("operators bear ONNX's names, in order", () => {
  assert.deepEqual(operators, operators.toSorted());
  for (const name of operators) assert.match(name, /^[A-Z][A-Za-z]+$/);
});

Deno.test("every rule refuses to be applied to nothing, naming its operator", () => {
  for (const op of operators) {
    assert.throws(() => shapeRules[op]({ op, inputs: [], attributes: {} }), {
      name: "TypeError",
      message: new RegExp(`^Cannot apply ${op} as its .* is missing: received nothing$`),
    });
  }
});

Deno.test("a rule that refuses leaves the graph as it was", () => {
  const graph = new Graph("case");
  const x = graph.input("x", "bool", [2]);
  for (const op of operators) {
    if (["Equal", "And", "Identity", "Cast", "Shape"].includes(op)) continue; // take bools
    assert.throws(() => graph.emit(op, [x]), TypeError, op);
  }
  assert.equal(graph.nodes.length, 0);
});
