/**
 * Models that attend in one batched product, as they do on a GPU, against what transformers found.
 */

import assert from "node:assert/strict";
import { readsSingleTiles } from "../../src/engine/passes/scoring.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import {
  assertClose,
  everydayGoldenNames,
  everyPosition,
  goldenDirectory,
  openGolden,
  readGolden,
} from "../support/golden_model.ts";

for (const name of everydayGoldenNames()) {
  Deno.test(`${name} attends without a loop as it does tile by tile, with shared beginnings and many runs`, async () => {
    const { sequences } = await readGolden(name);
    const queries = sequences.map(everyPosition);
    const answers = async (singleTiles: boolean) => {
      await using engine = (await openGolden(name, { eager: true, singleTiles })).engine;
      return (await engine.run(queries)).outputs;
    };
    const [single, tiled] = [await answers(true), await answers(false)];
    for (const [i, { rowLogits, logits, measured }] of single.entries()) {
      const near = { tolerance: 1e-4, what: `${name} ${i}` };
      const expected = tiled[i]!;
      assertClose(rowLogits, expected.rowLogits, near);
      assertClose(logits, expected.logits, near);
      assertClose(measured.attention!, expected.measured.attention!, near);
    }
  });

  Deno.test(`${name} has no loop in its graph then, and the graph tells`, async () => {
    const forms = await Promise.all(
      [true, false].map((singleTiles) => readBlueprint(goldenDirectory(name), { singleTiles })),
    );
    const [single, tiled] = forms.map(({ graph }) => graph);
    assert.ok(readsSingleTiles(single!) && !readsSingleTiles(tiled!));
    assert.ok(single!.nodes.every(({ op }) => op !== "Loop" && op !== "If"));
  });
}
