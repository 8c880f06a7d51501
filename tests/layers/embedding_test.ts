import assert from "node:assert/strict";
import { embedding } from "../../src/layers/embedding.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { assertNear, plain, runGraph } from "../onnx/run_graph.ts";
import { storedParameters } from "./stored_parameters.ts";

const table = { name: "words.weight", shape: [3, 2], data: [1, 2, 3, 4, 5, 6] };

Deno.test("an embedding looks rows up, as often as they come", async () => {
  const graph = new Graph("embedding");
  await using stored = await storedParameters(graph, [table]);
  const ids = graph.input("ids", "int32", ["tokens"]);
  const rows = embedding(ids, stored.parameters.at("words"), { count: 3, width: 2 });
  assert.deepEqual(rows.shape, ["tokens", 2]);
  graph.output("rows", rows);
  const { rows: found } = await runGraph(graph, {
    ids: { dims: [4], data: [2, 0, 0, 1], dtype: "int32" },
  });
  assertNear(found!, plain([[5, 6], [1, 2], [1, 2], [3, 4]]));
});

Deno.test("a row beyond the table fails rather than answer", async () => {
  const graph = new Graph("embedding");
  await using stored = await storedParameters(graph, [table]);
  const ids = graph.input("ids", "int32", ["tokens"]);
  graph.output("rows", embedding(ids, stored.parameters.at("words"), { count: 3, width: 2 }));
  await assert.rejects(
    runGraph(graph, { ids: { dims: [1], data: [3], dtype: "int32" } }),
    /indices element out of data bounds/,
  );
});

Deno.test("a table of another shape is a bad model", async () => {
  const graph = new Graph("embedding");
  await using stored = await storedParameters(graph, [table]);
  const ids = graph.input("ids", "int32", ["tokens"]);
  assert.throws(
    () => embedding(ids, stored.parameters.at("words"), { count: 4, width: 2 }),
    { kind: "bad_model", message: /words\.weight.*must have the shape \[4, 2\].*\[3, 2\]/ },
  );
});
