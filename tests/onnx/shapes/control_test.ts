import assert from "node:assert/strict";
import { Graph } from "../../../src/onnx/graph.ts";
import { describe, type Dtype, type Shape } from "../../../src/onnx/value.ts";

type Result = [Dtype, Shape];

/** A branch with results of these types. */
function branch(parent: Graph, results: Result[]): { graph: Graph } {
  const graph = new Graph(parent.label("branch"), parent);
  results.forEach(([dtype, shape], i) =>
    graph.output(`${graph.name}.${i}`, parent.input(`${graph.name}.given${i}`, dtype, shape))
  );
  return { graph };
}

function choose(yes: Result[], no: Result[]): string[] {
  const graph = new Graph("case");
  const attributes = {
    then_branch: branch(graph, yes),
    else_branch: branch(graph, no),
  };
  return graph.emit("If", [graph.input("condition", "bool", [])], { attributes }).map(describe);
}

Deno.test("a choice gives what both branches give", () => {
  assert.deepEqual(choose([["float32", [2, "a"]]], [["float32", [2, "a"]]]), ["float32[2, a]"]);
  assert.deepEqual(choose([["float32", [2]], ["bool", []]], [["float32", ["n"]], ["bool", []]]), [
    "float32[?]",
    "bool[]",
  ]);
});

Deno.test("a choice refuses branches that give different things", () => {
  const cases: [Result[], Result[], string][] = [
    [[["float32", [2]]], [["float32", [3]]], "[2] may not turn into [3]"],
    [[["float32", ["a"]]], [["float32", ["b"]]], "[a] may not turn into [b]"],
    [[["float32", [2]]], [["float32", [2, 1]]], "[2] may not turn into [2, 1]"],
    [[["float32", []]], [["int64", []]], "[] may not turn into []"],
    [[["float32", []]], [], "its branches have different results"],
  ];
  for (const [yes, no, reason] of cases) {
    assert.throws(() => choose(yes, no), {
      name: "TypeError",
      message: `Cannot apply If as ${reason}: received bool[]`,
    });
  }
});

Deno.test("a choice needs its branches", () => {
  const graph = new Graph("case");
  const condition = graph.input("condition", "bool", []);
  assert.throws(() => graph.emit("If", [condition]), {
    message: 'Cannot apply If as its graph "then_branch" is missing: received bool[]',
  });
});

Deno.test("a loop gives its carried values as they are and stacks what it collects", () => {
  const graph = new Graph("case");
  const body = new Graph("body", graph);
  body.input("turn", "int64", []);
  const go = body.input("go", "bool", []);
  const [sum, count] = [body.input("sum", "float32", ["a", 3]), body.input("count", "int64", [])];
  body.output("on", go);
  body.output("sum after", sum);
  body.output("count after", count);
  body.output("collected", body.emit("ReduceMax", [sum, graph.integers([1])])[0]!);
  assert.deepEqual(loop(graph, body).map(describe), [
    "float32[a, 3]",
    "int64[]",
    "float32[?, a, 1]",
  ]);
});

Deno.test("a loop refuses a body that takes or yields too little", () => {
  const graph = new Graph("case");
  const body = new Graph("body", graph);
  const go = body.input("go", "bool", []);
  body.output("on", go);
  assert.throws(() => loop(graph, body), {
    message:
      "Cannot apply Loop as its body must take and yield whether to go on and every carried value: received int64[], bool[], float32[a, 3], int64[]",
  });
});

function loop(graph: Graph, turn: Graph) {
  const name = (part: string) => graph.label(part);
  return graph.emit("Loop", [
    graph.input(name("turns"), "int64", []),
    graph.scalar("bool", 1),
    graph.input(name("state"), "float32", ["a", 3]),
    graph.input(name("count"), "int64", []),
  ], { attributes: { body: { graph: turn } } });
}

Deno.test("a loop needs a body, a number of turns and a start", () => {
  const graph = new Graph("case");
  const [turns, yes] = [graph.input("turns", "int64", []), graph.scalar("bool", 1)];
  assert.throws(() => graph.emit("Loop", [turns, yes]), {
    message: 'Cannot apply Loop as its graph "body" is missing: received int64[], bool[]',
  });
  assert.throws(() => graph.emit("Loop", [turns, graph.input("many", "bool", [3])]), {
    message: "Cannot apply Loop as whether to begin must be a scalar: received int64[], bool[3]",
  });
  assert.throws(() => graph.emit("Loop", [graph.input("short", "int32", []), yes]), {
    message: "Cannot apply Loop as it needs a number of turns: received int32[], bool[]",
  });
});
