import assert from "node:assert/strict";
import { countedPositions } from "../../src/layers/counted_positions.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { runGraph } from "../onnx/run_graph.ts";

/** The positions of three sequences that stand one after the other. */
async function counted(sequences: readonly (readonly number[])[], uncounted: number) {
  const graph = new Graph("positions");
  const ids = graph.input("ids", "int32", ["tokens"]);
  const positions = graph.input("positions", "int32", ["tokens"]);
  const rows = graph.input("iota", "int64", [1, "tokens"]);
  graph.output("y", countedPositions({ ids, positions, rows }, uncounted));
  const all = sequences.flat();
  const vector = { dims: [all.length], dtype: "int32" } as const;
  const outputs = await runGraph(graph, {
    ids: { ...vector, data: all },
    positions: { ...vector, data: sequences.flatMap((ids) => [...ids.keys()]) },
    iota: { dims: [1, all.length], data: [...all.keys()], dtype: "int64" },
  });
  return [...outputs["y"]!.data];
}

Deno.test("tokens are counted within their sequence, from behind the one that is not counted", async () => {
  const found = await counted([[5, 1, 7, 1, 1, 9], [1, 1], [8], [1, 4, 4]], 1);
  assert.deepEqual(found, [2, 1, 3, 1, 1, 4, 1, 1, 2, 1, 2, 3]);
});

Deno.test("an id that no token has counts all of them, from the next number on", async () => {
  assert.deepEqual(await counted([[5, 0, 7], [2, 2]], -1), [0, 1, 2, 0, 1]);
  assert.deepEqual(await counted([[5, 0, 7]], 9), [10, 11, 12]);
});
