/**
 * Models in every form of attention: in one batched product and in fused operators, as they may run on a GPU, and
 * beyond the memory for either, against attention tile by tile, which other tests hold to transformers.
 */

import assert from "node:assert/strict";
import type { AttentionForm } from "../../src/engine/passes/scoring.ts";
import { attentionFormOf, attentionForms } from "../../src/engine/passes/scoring.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import type { Graph } from "../../src/onnx/graph.ts";
import { bodiesOf } from "../../src/onnx/needed.ts";
import {
  assertClose,
  everydayGoldenNames,
  everyPosition,
  goldenDirectory,
  openGolden,
  pooledOnly,
  readGolden,
} from "../support/golden_model.ts";

/** A form, perhaps with so little memory that nothing of a batch is computed at once. */
interface Way {
  readonly attention: AttentionForm;
  readonly attentionBytes?: number;
}

/** A decoder, one with fused windows and caps, an encoder, and one with a bias: tried without memory too. */
const tried = ["llama", "gemma2", "bert", "deberta-v3"];

async function waysOf(name: string): Promise<Way[]> {
  const { graph } = await readBlueprint(goldenDirectory(name), { attention: "fused" });
  const forms = attentionFormOf(graph) === "fused"
    ? ["dense", "fused"] as const
    : ["dense"] as const;
  return forms.flatMap((attention): Way[] =>
    tried.includes(name) ? [{ attention }, { attention, attentionBytes: 20_000 }] : [{ attention }]
  );
}

for (const name of everydayGoldenNames()) {
  Deno.test(`${name} attends in every form, and beyond its memory, as it does tile by tile`, async () => {
    const { sequences } = await readGolden(name);
    const queries = sequences.map(everyPosition);
    const answers = async (way: Way) => {
      await using engine = (await openGolden(name, { eager: true, ...way })).engine;
      return (await engine.run(queries)).outputs;
    };
    const tiled = await answers({ attention: "tiles" });
    for (const way of await waysOf(name)) {
      for (const [i, { rowLogits, logits, measured }] of (await answers(way)).entries()) {
        const near = { tolerance: 1e-4, what: `${name} ${i} in ${JSON.stringify(way)}` };
        const expected = tiled[i]!;
        assertClose(rowLogits, expected.rowLogits, near);
        assertClose(logits, expected.logits, near);
        assertClose(measured.attention!, expected.measured.attention!, near);
      }
    }
  });

  Deno.test(`${name} says by its graph in which form it attends, and loops over tiles in a branch alone`, async () => {
    for (const attention of attentionForms) {
      const { graph } = await readBlueprint(goldenDirectory(name), { attention });
      const found = attentionFormOf(graph);
      // Of what an operator cannot express no layer is fused, and the graph is that of the dense form.
      const operators = nodesWithin(graph).filter(({ op }) => op === "GroupQueryAttention").length;
      assert.equal(found, attention === "fused" && operators === 0 ? "dense" : attention);
      assert.equal(graph.nodes.some(({ op }) => op === "Loop"), attention === "tiles");
    }
  });
}

Deno.test("scores without credit, for which no row's attention is read, are the same in every form", async () => {
  for (const name of tried) {
    const { sequences } = await readGolden(name);
    const queries = sequences.map((each) => ({ ...pooledOnly(each), measure: [] }));
    for (const attention of attentionForms) {
      await using engine = (await openGolden(name, { eager: true, attention })).engine;
      const { outputs } = await engine.run(queries);
      const { labels } = (await readBlueprint(goldenDirectory(name))).architecture.dimensions;
      for (const [i, { logits }] of outputs.entries()) {
        const { pool: [at = 0], logits: rows } = sequences[i]!;
        const expected = rows.slice(at * labels, (at + 1) * labels);
        assertClose(logits, expected, { tolerance: 1e-4, what: `${name} ${i}, ${attention}` });
      }
    }
  }
});

Deno.test("all layers of a decoder but the last are fused, those with a window and a cap too", async () => {
  for (const name of ["gemma", "gemma2", "gpt-neox", "qwen3"]) {
    const { graph, architecture } = await readBlueprint(goldenDirectory(name), {
      attention: "fused",
    });
    const { layers } = architecture.dimensions;
    const operators = nodesWithin(graph).filter(({ op }) => op === "GroupQueryAttention");
    assert.equal(operators.length, layers - 1, name);
  }
});

/** The nodes of a graph and of the graphs within it. */
function nodesWithin(graph: Graph): Graph["nodes"] {
  return graph.nodes.flatMap((node) => [node, ...bodiesOf(node).flatMap(nodesWithin)]);
}
