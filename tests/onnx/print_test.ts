import assert from "node:assert/strict";
import { Graph } from "../../src/onnx/graph.ts";
import {
  add,
  cast,
  gather,
  gelu,
  layerNormalization,
  loop,
  mul,
  reduceMean,
  split,
} from "../../src/onnx/ops.ts";
import { printGraph } from "../../src/onnx/print.ts";

Deno.test("a graph prints line by line, in the order of computation", () => {
  const graph = new Graph("small");
  const x = graph.input("x", "float32", ["tokens", 4]);
  const stored = { file: "/model.safetensors", offset: 0, length: 8, shape: [4] };
  const weight = graph.weight({ ...stored, name: "norm.weight", dtype: "float16" });
  const normal = layerNormalization(x, cast(weight, "float32"), { epsilon: 1e-5 });
  const table = graph.constant({ dtype: "float32", shape: [9], data: Array(9).fill(0.5) });
  graph.output("mean", reduceMean(add(gelu(normal, "tanh"), mul(normal, -0.5)), [-1]));
  graph.output("picked", gather(table, graph.input("index", "int64", ["tokens"])));
  assert.equal(
    printGraph(graph),
    `graph small {
  input x: float32[tokens, 4]
  input index: int64[tokens]
  weight norm.weight: float16[4]
  %0: float32[4] = Cast(norm.weight, to=1)
  %1: float32[tokens, 4] = LayerNormalization(x, %0, axis=-1, epsilon=0.00001)
  %3: float32[tokens, 4] = Gelu(%1, approximate="tanh")
  %5: float32[tokens, 4] = Mul(%1, -0.5)
  %6: float32[tokens, 4] = Add(%3, %5)
  %8: float32[tokens] = ReduceMean(%6, [-1], keepdims=0)
  %9: float32[tokens] = Gather(<9 numbers>, index, axis=0)
  output mean = %8
  output picked = %9
}
`,
  );
});

Deno.test("bodies print under their node, several outputs side by side, absent inputs as a dash", () => {
  const graph = new Graph("looped");
  const [turns, x] = [graph.input("turns", "int64", []), graph.input("x", "float32", [4])];
  const [left, right] = split(x, [1, 3], 0);
  const [sum] = loop(turns, "body", (turn) => [add(cast(turn, "float32"), left!)]);
  graph.output("sum", sum!);
  graph.output("right", right!);
  const clipped = graph.emit("Max", [right, graph.scalar("float32", 0), undefined])[0]!;
  graph.output("clipped", clipped);
  assert.equal(
    printGraph(graph),
    `graph looped {
  input turns: int64[]
  input x: float32[4]
  %1: float32[1], %2: float32[3] = Split(x, [1, 3], axis=0)
  %8: float32[?, 1] = Loop(turns, 1)
    graph body#3 {
      input body#3.turn: int64[]
      input body#3.go: bool[]
      %4: float32[] = Cast(body#3.turn, to=1)
      %5: float32[1] = Add(%4, %1)
      %6: bool[] = Identity(body#3.go)
      output body#3.continue = %6
      output body#3.yield0 = %5
    }
  %10: float32[3] = Max(%2, 0, -)
  output sum = %8
  output right = %2
  output clipped = %10
}
`,
  );
});
