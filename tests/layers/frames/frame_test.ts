import assert from "node:assert/strict";
import { type Projections, summedWide, watched } from "../../../src/layers/frames/frame.ts";
import { paddedBatch } from "../../../src/layers/frames/padded.ts";
import { Graph } from "../../../src/onnx/graph.ts";

Deno.test("a watched frame attends as the frame does, and shows what with", () => {
  const graph = new Graph("watched");
  const { frame } = paddedBatch(graph, { batch: 1, length: 2 });
  const x = graph.input("x", "float32", [2, 4]);
  const projections: Projections = { queries: x, keys: x, values: x };
  const spec = { heads: 2, kvHeads: 2, width: 2, scale: 1 };
  const seen: unknown[] = [];
  const frameOfLayer = watched(frame, (...each) => seen.push(each));
  assert.deepEqual(frameOfLayer.attend(projections, spec).shape, [2, 4]);
  assert.deepEqual(seen, [[projections, spec]]);
  assert.equal(frameOfLayer.select(x), x);
});

Deno.test("a frame that sums in float64 is told, and given values in it, and gives float32 back", () => {
  const graph = new Graph("wide");
  const x = graph.input("x", "float32", [2, 4]);
  const seen: unknown[] = [];
  const { frame } = paddedBatch(graph, { batch: 1, length: 2 });
  const attend: typeof frame.attend = ({ queries, keys, values }, { sums }) => {
    seen.push(queries.dtype, keys.dtype, values.dtype, sums);
    return frame.attend({ queries, keys, values }, { ...spec, sums: "float64" });
  };
  const wide = summedWide({ ...frame, attend });
  const spec = { heads: 2, kvHeads: 2, width: 2, scale: 1 };
  const attended = wide.attend({ queries: x, keys: x, values: x }, spec);
  assert.deepEqual([attended.dtype, ...seen], [
    "float32",
    "float32",
    "float32",
    "float64",
    "float64",
  ]);
});
