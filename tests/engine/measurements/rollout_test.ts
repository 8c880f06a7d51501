import assert from "node:assert/strict";
import { ownPassGraph } from "../../../src/engine/passes/own_pass.ts";
import type { Query } from "../../../src/engine/engine.ts";
import { readBlueprint } from "../../../src/model/blueprint.ts";
import { check } from "../../../src/onnx/check.ts";
import { Ledger } from "../../../src/weights/ledger.ts";
import golden from "../../golden/rollout.json" with { type: "json" };
import {
  assertClose,
  goldenDirectory,
  openGolden,
  servedGoldenNames,
} from "../../support/golden_model.ts";

/** What transformers' attentions multiply out to. */
interface Expected {
  readonly ids: readonly number[];
  readonly types?: readonly number[];
  readonly pool: readonly number[];
  readonly rollout: readonly number[];
}

function queryOf({ ids, types, pool }: Expected): Query {
  return {
    ids: Int32Array.from(ids),
    ...(types === undefined ? {} : { types: Int32Array.from(types) }),
    pool,
    rows: [],
    measure: ["rollout"],
  };
}

const served = new Set(servedGoldenNames());
const models = Object.entries<readonly Expected[]>(golden.models)
  .filter(([name]) => served.has(name));

for (const [name, sequences] of models) {
  Deno.test(`${name}: attention is followed through all layers as transformers' attentions say`, async () => {
    const { engine, architecture } = await openGolden(name, { labelWeights: [1] });
    await using _closed = engine;
    assert.ok(architecture.dimensions.layers > 1);
    const together = await engine.run(sequences.map(queryOf));
    for (const [i, expected] of sequences.entries()) {
      const { outputs: [alone] } = await engine.run([queryOf(expected)]);
      for (const { measured } of [together.outputs[i]!, alone!]) {
        const what = { tolerance: 1e-4, what: `${expected.ids.length} tokens` };
        assertClose(measured.rollout!, expected.rollout, what);
      }
    }
  });
}

Deno.test("the graph ends with the last layer's attention: no head, no norm behind it", async () => {
  const { architecture, checkpoint } = await readBlueprint(goldenDirectory("llama"));
  const weights = new Ledger(checkpoint);
  const graph = ownPassGraph("rollout", { architecture, weights, labelWeights: [1] });
  check(graph);
  const names = [...graph.weights.values()].map(({ name }) => name);
  const last = `model.layers.${architecture.dimensions.layers - 1}.`;
  assert.ok(names.includes(`${last}self_attn.q_proj.weight`));
  for (
    const idle of [`${last}self_attn.v_proj.weight`, `${last}mlp.up_proj.weight`, "score.weight"]
  ) {
    assert.ok(!names.includes(idle), idle);
  }
});
