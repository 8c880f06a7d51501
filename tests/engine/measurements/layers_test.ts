import assert from "node:assert/strict";
import type { Query } from "../../../src/engine/engine.ts";
import golden from "../../golden/layers.json" with { type: "json" };
import { assertClose, openGolden, servedGoldenNames } from "../../support/golden_model.ts";

/** What transformers' attentions are. */
interface Expected {
  readonly ids: readonly number[];
  readonly types?: readonly number[];
  readonly pool: readonly number[];
  readonly layers: readonly (readonly number[])[];
}

function queryOf({ ids, types, pool }: Expected): Query {
  return {
    ids: Int32Array.from(ids),
    ...(types === undefined ? {} : { types: Int32Array.from(types) }),
    pool,
    rows: [],
    measure: ["attention", "layers"],
  };
}

const served = new Set(servedGoldenNames());
const models = Object.entries<readonly Expected[]>(golden.models)
  .filter(([name]) => served.has(name));

for (const [name, sequences] of models) {
  Deno.test(`${name}: the attention of each layer is transformers', the last one that of the scoring pass`, async () => {
    const { engine, architecture } = await openGolden(name, { labelWeights: [1] });
    await using _closed = engine;
    const { layers } = architecture.dimensions;
    const together = await engine.run(sequences.map(queryOf));
    for (const [i, expected] of sequences.entries()) {
      const { outputs: [alone] } = await engine.run([queryOf(expected)]);
      for (const { measured } of [together.outputs[i]!, alone!]) {
        assert.equal(measured.layers?.length, layers * expected.ids.length);
        const rows = Array.from(
          { length: layers },
          (_, layer) => measured.layers!.filter((_, at) => at % layers === layer),
        );
        for (const [layer, row] of rows.entries()) {
          assertClose(row, expected.layers[layer]!, { tolerance: 1e-4, what: `layer ${layer}` });
        }
        assertClose(rows.at(-1)!, [...measured.attention!], { tolerance: 1e-5, what: "the last" });
      }
    }
  });
}
