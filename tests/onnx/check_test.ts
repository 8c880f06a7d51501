import assert from "node:assert/strict";
import { check, findings } from "../../src/onnx/check.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { add, cast, choose, gather, greater, loop, mul } from "../../src/onnx/ops.ts";

const stored = {
  name: "weight",
  dtype: "float32",
  shape: [2],
  file: "/model.safetensors",
  offset: 0,
  length: 8,
} as const;

function simple(): Graph {
  const graph = new Graph("simple");
  const x = graph.input("x", "float32", [2]);
  graph.output("y", add(x, graph.weight(stored)));
  return graph;
}

Deno.test("a graph whose every part is needed is in order", () => {
  assert.deepEqual(findings(simple()), []);
  assert.doesNotThrow(() => check(simple()));
});

Deno.test("a graph without outputs is of no use", () => {
  assert.deepEqual(findings(new Graph("empty")), ['graph "empty" has no output']);
});

Deno.test("inputs, weights and nodes that no output needs are named", () => {
  const graph = simple();
  graph.input("ignored", "int64", ["tokens"]);
  graph.weight({ ...stored, name: "forgotten" });
  const dead = mul(graph.inputs[0]!, 3);
  const deader = mul(dead, 3);
  assert.deepEqual(findings(graph), [
    "input ignored int64[tokens] is not used by any output",
    "weight forgotten float32[2] is not used by any output",
    `Mul that makes ${dead.label} is not used by any output`,
    `Mul that makes ${deader.label} is not used by any output`,
  ]);
  assert.throws(() => check(graph), {
    message:
      /^Cannot use graph "simple": input ignored int64\[tokens\] is not used by any output; weight/,
  });
});

Deno.test("what only a body reads is needed, and what a body does for nothing is found", () => {
  const graph = new Graph("looped");
  const [x, turns] = [graph.input("x", "float32", [3]), graph.input("turns", "int64", [])];
  const weight = graph.weight(stored);
  let dead: string[] = [];
  const [rows] = loop(turns, "body", (turn) => {
    const number = cast(turn, "float32");
    dead = [number.label, mul(number, 2).label];
    const picked = gather(x, turn);
    return [
      choose(greater(picked, 0), {
        then: (bring) => add(bring(picked), weight),
        otherwise: (bring) => mul(bring(picked), weight),
      }),
    ];
  });
  graph.output("rows", rows!);
  assert.deepEqual(findings(graph), [
    `Cast that makes ${dead[0]} is not used by any output`,
    `Mul that makes ${dead[1]} is not used by any output`,
  ]);
});

Deno.test("a loop that is not needed is one finding, not one for each of its nodes", () => {
  const graph = simple();
  const [idle] = loop(graph.scalar("int64", 2), "body", (turn) => [mul(mul(turn, 2), 2)]);
  assert.deepEqual(findings(graph), [`Loop that makes ${idle?.label} is not used by any output`]);
});
