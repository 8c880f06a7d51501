import assert from "node:assert/strict";
import type { AttentionSpec } from "../../../src/layers/attention.ts";
import { isFusible } from "../../../src/layers/frames/fused_attention.ts";
import { treeBatch } from "../../../src/layers/frames/tree.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { tokenTree } from "../../../src/tree/token_tree.ts";
import type { AttentionKind } from "../../../src/tree/window.ts";
import { assertNear, runGraph } from "../../onnx/run_graph.ts";
import { kindsOf } from "./reference_attention.ts";
import { treeFeeds } from "./tree_feeds.ts";

const spec = { heads: 2, kvHeads: 1, width: 8, scale: 0.5 };

Deno.test("what is fusible: causal, without a bias, heads of a multiple of 8 columns, sums in 32 bits at most", () => {
  const fusible = (each: AttentionSpec, kind: AttentionKind = "causal") => isFusible(each, kind);
  assert.ok(fusible(spec));
  assert.ok(fusible({ ...spec, softcap: 3, window: { left: 2, right: 0 } }));
  assert.ok(!fusible(spec, "bidirectional"));
  assert.ok(!fusible({ ...spec, width: 12 }));
  const biased = kindsOf(spec).filter(([, each]) => each.bias !== undefined);
  assert.ok(biased.length > 0 && biased.every(([, each]) => !fusible(each)));
  assert.ok(!fusible({ ...spec, sums: "float64" }));
});

Deno.test("texts that share a beginning attend at once as they do in tiles, with and without memory", async () => {
  const limited = { ...spec, softcap: 3, window: { left: 2, right: 0 } };
  const ids = [[1, 2, 3, 4, 5], [1, 2, 3, 6], [7], [1, 2]];
  const wanted = ids.map((each) => ({
    ids: Int32Array.from(each),
    rows: [each.length - 1],
    attend: [],
  }));
  const answer = async (form: "tiles" | "fused", bytes: number) => {
    const graph = new Graph("case");
    const input = (name: string, columns: number) =>
      graph.input(name, "float32", ["tokens", columns]);
    const projections = { queries: input("q", 16), keys: input("k", 8), values: input("v", 8) };
    graph.output("y", treeBatch(graph, "causal", form).inner.attend(projections, limited));
    const window = { left: 2, right: 0 };
    const tree = tokenTree(wanted, {
      sharing: { tokensPerBranch: 0, sharesUpTo: Infinity },
      tiles: { maxPairs: 8, pairsPerTile: 0 },
      windows: [window, window],
      oneTile: { bytes, perPair: 1, perPlace: 1 },
      wholeTexts: { bytes, perPair: 1, perPlace: 1 },
    });
    assert.equal(tree.texts.atOnce, bytes > 100);
    const matrix = (columns: number, seed: number) => ({
      dims: [tree.ids.length, columns],
      data: Array.from({ length: tree.ids.length * columns }, (_, i) => Math.sin(seed * i + 1)),
    });
    const feeds = { q: matrix(16, 1.3), k: matrix(8, 0.7), v: matrix(8, 2.1) };
    return (await runGraph(graph, { ...treeFeeds(graph, tree), ...feeds }))["y"]!;
  };
  const tiled = await answer("tiles", 0);
  for (const bytes of [1e6, 50, 0]) assertNear(await answer("fused", bytes), tiled);
});
