import assert from "node:assert/strict";
import { tileAt, tileInputs } from "../../../src/layers/frames/tiles.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { describe } from "../../../src/onnx/value.ts";
import { TILE_COLUMNS } from "../../../src/tree/tiles.ts";
import { tokenTree } from "../../../src/tree/token_tree.ts";
import { CAUSAL } from "../../../src/tree/window.ts";
import { runGraph } from "../../onnx/run_graph.ts";
import { treeFeeds } from "./tree_feeds.ts";

const tree = tokenTree(
  [[1, 2, 3, 4], [1, 2, 3, 5, 6], [9, 8]].map((ids) => ({
    ids: Int32Array.from(ids),
    rows: [ids.length - 1],
    attend: [ids.length - 1],
  })),
  {
    sharing: { tokensPerBranch: 0, sharesUpTo: Infinity },
    tiles: { maxPairs: 1000, pairsPerTile: 0 },
  },
);

const set = { layer: "inner", queries: "tokens", window: CAUSAL };

Deno.test("tiles are inputs of the graph under the name of their frame", () => {
  const graph = new Graph("case");
  tileInputs(graph, set);
  assert.deepEqual(graph.inputs.map((value) => `${value.label} ${describe(value)}`), [
    `inner.table int64[inner.tiles, ${TILE_COLUMNS.length}]`,
    "inner.count int64[]",
    "inner.rows int32[inner.row_places]",
    "inner.reach int32[inner.row_places]",
    "inner.keys int32[inner.key_places]",
    "inner.prefix int32[inner.prefix_places]",
    "inner.places int32[tokens]",
  ]);
});

Deno.test("a window gives its tiles another name and says where each row begins to see", () => {
  const graph = new Graph("case");
  tileInputs(graph, { ...set, window: { left: 3, right: 0 } });
  const labels = graph.inputs.map(({ label }) => label);
  assert.ok(labels.includes("inner.left3.table") && labels.includes("inner.left3.from"));
});

Deno.test("tiles that may be computed at once say whether they are", () => {
  const graph = new Graph("case");
  const { atOnce } = tileInputs(graph, { ...set, atOnce: true });
  assert.equal(describe(atOnce!), "bool[]");
  assert.equal(atOnce!.label, "inner.at_once");
});

Deno.test("a turn of the loop sees its own line and its own part of every list", async () => {
  const graph = new Graph("case");
  const tiles = tileInputs(graph, set);
  const tile = tileAt(tiles, graph.input("turn", "int64", []));
  assert.deepEqual(
    [tile.rowIndex, tile.reach, tile.keyIndex, tile.prefixIndex].map(describe),
    ["int32[places]", "int32[places]", "int32[members*keys]", "int32[prefix]"],
  );
  graph.output("rows", tile.rowIndex);
  graph.output("reach", tile.reach);
  graph.output("keys", tile.keyIndex);
  graph.output("prefix", tile.prefixIndex);
  graph.output("count", tiles.count);
  graph.output("places", tiles.places);
  const columns = ["members", "missingSpan", "missingPlaces"] as const;
  for (const name of columns) graph.output(name, tile.size[name].value);
  const inner = tree.inner[0]!;
  for (const [turn, line] of inner.table.entries()) {
    const found = await runGraph(graph, {
      ...treeFeeds(graph, tree),
      turn: { dims: [], data: [turn], dtype: "int64" },
    });
    const part = (list: Int32Array, from: number, to: number) => [...list.slice(from, to)];
    assert.deepEqual(found["rows"]?.data, part(inner.rows, line.rowStart, line.rowEnd));
    assert.deepEqual(found["reach"]?.data, part(inner.reach, line.rowStart, line.rowEnd));
    assert.deepEqual(found["keys"]?.data, part(inner.keys, line.keyStart, line.keyEnd));
    assert.deepEqual(found["prefix"]?.data, part(inner.prefix, line.prefixStart, line.prefixEnd));
    for (const name of columns) assert.deepEqual(found[name]?.data, [line[name]]);
  }
  assert.ok(inner.table.length > 2 && inner.table.some(({ prefix }) => prefix > 0));
});
