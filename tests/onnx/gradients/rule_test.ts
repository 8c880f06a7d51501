import assert from "node:assert/strict";
import { operand, refusal, unary } from "../../../src/onnx/gradients/rule.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { add, exp } from "../../../src/onnx/ops.ts";

Deno.test("a refusal names the operator, what it makes, why and from what", () => {
  const graph = new Graph("rule");
  add(graph.input("x", "float32", ["n", 2]), graph.input("y", "float32", [2]));
  const [node] = graph.nodes;
  assert.equal(
    refusal(node!, "it is a test").message,
    "Cannot differentiate Add that makes %0 as it is a test: received float32[n, 2], float32[2]",
  );
});

Deno.test("operands are there, or it is said which one is not", () => {
  const graph = new Graph("rule");
  const x = graph.input("x", "float32", [2]);
  exp(x);
  const [node] = graph.nodes;
  assert.equal(operand({ node: node! }, 0), x);
  assert.throws(() => operand({ node: node! }, 1), {
    name: "TypeError",
    message:
      "Cannot differentiate Exp that makes %0 as its input 1 is missing: received float32[2]",
  });
});

Deno.test("a rule of one input makes nothing before it is asked to", () => {
  const graph = new Graph("rule");
  const x = graph.input("x", "float32", [2]);
  const output = exp(x);
  const [node] = graph.nodes;
  const rule = unary((x) => add(x, 1));
  const [only] = rule({ node: node!, output, gradient: x, gradients: [x] });
  assert.equal(graph.nodes.length, 1);
  assert.ok(typeof only === "function");
  only();
  assert.equal(graph.nodes.length, 2);
});
