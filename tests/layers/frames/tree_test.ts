import assert from "node:assert/strict";
import type { AttentionSpec } from "../../../src/layers/attention.ts";
import { treeBatch } from "../../../src/layers/frames/tree.ts";
import { findings } from "../../../src/onnx/check.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { cast, gather, mul } from "../../../src/onnx/ops.ts";
import { describe } from "../../../src/onnx/value.ts";
import { tokenTree } from "../../../src/tree/token_tree.ts";
import { assertNear, plain, runGraph } from "../../onnx/run_graph.ts";
import { treeFeeds } from "./tree_feeds.ts";

const heads: AttentionSpec = { heads: 2, kvHeads: 2, width: 2, scale: 1 };
const labels = (graph: Graph) => graph.inputs.map(({ label }) => label);

Deno.test("a batch declares nothing that nobody reads", () => {
  const graph = new Graph("case");
  const batch = treeBatch(graph);
  assert.deepEqual(labels(graph), []);
  assert.equal(describe(batch.ids), "int32[tokens]");
  assert.equal(batch.ids, batch.ids);
  assert.deepEqual(labels(graph), ["ids"]);
  assert.equal(describe(batch.lengths()), "int32[tokens]");
  assert.equal(batch.lengths(), batch.lengths());
  assert.equal(describe(batch.positions), "int32[tokens]");
  assert.deepEqual(labels(graph), ["ids", "lengths", "positions"]);
  assert.equal(describe(batch.types()), "int32[tokens]");
  assert.equal(batch.types(), batch.types());
  assert.deepEqual(labels(graph).at(-1), "types");
});

Deno.test("every token is a row of the inner frame, and looks its own angles up", () => {
  const graph = new Graph("case");
  const { inner } = treeBatch(graph);
  const x = graph.input("x", "float32", ["tokens", 4]);
  assert.equal(inner.select(x), x);
  assert.equal(describe(inner.rowTokens()), "int64[1, tokens]");
  assert.equal(inner.rowTokens(), inner.keyTokens());
});

Deno.test("the last frame has the query rows for rows and all tokens for keys", async () => {
  const graph = new Graph("case");
  const { last } = treeBatch(graph);
  const x = graph.input("x", "float32", ["tokens", 1]);
  const rows = last.select(x);
  assert.equal(describe(rows), "float32[queries, 1]");
  graph.output("rows", rows);
  graph.output("row tokens", last.rowTokens());
  graph.output("key tokens", last.keyTokens());
  const wanted = [[4, 5, 6], [7, 8]].map((ids) => ({
    ids: Int32Array.from(ids),
    rows: [ids.length - 2, ids.length - 1],
    attend: [],
  }));
  const tree = tokenTree(wanted, {
    sharing: { tokensPerBranch: 0, sharesUpTo: Infinity },
    tiles: { maxPairs: 100, pairsPerTile: 100 },
  });
  const data = Array.from(tree.ids, (id) => id / 2);
  const found = await runGraph(graph, { ...treeFeeds(graph, tree), x: { dims: [5, 1], data } });
  assertNear(found["rows"]!, plain([[2.5], [3], [3.5], [4]]));
  assertNear(found["row tokens"]!, plain([[1, 2, 3, 4]], "int64"));
  assertNear(found["key tokens"]!, plain([[0, 1, 2, 3, 4]], "int64"));
});

Deno.test("layers of one frame share its tiles, and attention may be asked of several", () => {
  const graph = new Graph("case");
  const batch = treeBatch(graph);
  const x = graph.input("x", "float32", ["tokens", 4]);
  const project = (rows = x) => ({ queries: rows, keys: x, values: x });
  const once = batch.inner.attend(project(), heads);
  const twice = batch.inner.attend({ ...project(), queries: once }, heads);
  assert.deepEqual(twice.shape, ["tokens", 4]);
  const rows = batch.last.select(twice);
  graph.output("first", batch.attentionRows(project(rows), heads));
  graph.output("second", batch.attentionRows(project(mul(rows, 2)), heads));
  assert.deepEqual(findings(graph), []);
  assert.equal(labels(graph).filter((label) => label.endsWith(".table")).length, 2);
});

Deno.test("a model without positions, last rows or attention runs all the same", async () => {
  const graph = new Graph("bag of words");
  const batch = treeBatch(graph);
  const table = graph.constant({
    dtype: "float32",
    shape: [3, 4],
    data: Array.from({ length: 12 }, (_, i) => i),
  });
  const x = gather(table, cast(batch.ids, "int32"));
  graph.output("y", batch.inner.attend({ queries: mul(x, 0), keys: x, values: x }, heads));
  const wanted = { ids: Int32Array.of(0, 2), rows: [1], attend: [] };
  const tree = tokenTree([wanted], {
    sharing: { tokensPerBranch: 0, sharesUpTo: Infinity },
    tiles: { maxPairs: 100, pairsPerTile: 100 },
  });
  const { y } = await runGraph(graph, treeFeeds(graph, tree));
  assertNear(y!, plain([[0, 1, 2, 3], [4, 5, 6, 7]])); // the second row is the mean of both
});
