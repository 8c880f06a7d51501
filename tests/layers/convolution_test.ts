import assert from "node:assert/strict";
import { neighbours } from "../../src/layers/convolution.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { runGraph } from "../onnx/run_graph.ts";

/** Two sequences, of three tokens and of two, and what stands `offset` from each of their tokens. */
async function found(offset: number): Promise<number[]> {
  const graph = new Graph("shifted");
  const perToken = (name: string) => graph.input(name, "int32", ["tokens"]);
  const [positions, lengths] = [perToken("positions"), perToken("lengths")];
  const x = graph.input("x", "float32", ["tokens", 1]);
  const rows = graph.input("iota", "int64", [1, "tokens"]);
  graph.output("y", neighbours(x, offset, { tokens: { positions, lengths: () => lengths }, rows }));
  const outputs = await runGraph(graph, {
    positions: { dims: [5], data: [0, 1, 2, 0, 1], dtype: "int32" },
    lengths: { dims: [5], data: [3, 3, 3, 2, 2], dtype: "int32" },
    x: { dims: [5, 1], data: [1, 2, 3, 4, 5] },
    iota: { dims: [1, 5], data: [0, 1, 2, 3, 4], dtype: "int64" },
  });
  return [...outputs["y"]!.data];
}

Deno.test("a token's neighbours are those of its own sequence, and 0 past its ends", async () => {
  assert.deepEqual(await found(1), [2, 3, 0, 5, 0]);
  assert.deepEqual(await found(-1), [0, 1, 2, 0, 4]);
  assert.deepEqual(await found(2), [3, 0, 0, 0, 0]);
});
