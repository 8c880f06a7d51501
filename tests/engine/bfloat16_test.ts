/**
 * Models that compute in bfloat16 against the same models in float32. On a CPU the operators stand between casts
 * (`src/onnx/widened.ts`), which rounds every result as a GPU does.
 */

import assert from "node:assert/strict";
import type { ModelDtype } from "../../src/engine/engine.ts";
import type { AttentionForm } from "../../src/engine/passes/scoring.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import transformers from "../golden/bfloat16.json" with { type: "json" };
import {
  assertClose,
  goldenDirectory,
  openGolden,
  pooledOnly,
  readGolden,
} from "../support/golden_model.ts";

/**
 * Of the larger of 1 and the score; twice what transformers itself is off by, where that is more. bfloat16 has 8
 * bits, and golden models are drawn with large weights.
 */
const SCORE = 1e-2;
/** Total variation between two distributions of attention. */
const CREDIT = 2e-2;

for (const name of ["llama", "gpt2", "bert"] as const) {
  Deno.test(`${name} in bfloat16 scores and gives credit as in float32, tile by tile and without a loop`, async () => {
    const { sequences } = await readGolden(name);
    const queries = sequences.map(pooledOnly);
    const answers = async (dtype: ModelDtype, attention: AttentionForm = "tiles") => {
      await using engine = (await openGolden(name, { dtype, attention })).engine;
      assert.equal(engine.facts.dtype, dtype);
      return (await engine.run(queries)).outputs;
    };
    const tolerance = Math.max(SCORE, 2 * transformers.models[name].score);
    const wide = await answers("float32");
    for (const rounded of [await answers("bfloat16"), await answers("bfloat16", "dense")]) {
      for (const [i, expected] of wide.entries()) {
        const { logits, measured: { attention } } = rounded[i]!;
        assertClose(logits, expected.logits, { tolerance, what: `score ${i}` });
        const apart = attention!.reduce(
          (sum, weight, t) => sum + Math.abs(weight - expected.measured.attention![t]!),
          0,
        );
        assert.ok(apart / 2 <= CREDIT, `credit ${i}: ${apart / 2}`);
      }
    }
  });

  Deno.test(`${name} in bfloat16 multiplies in bfloat16, norms and answers in float32`, async () => {
    const { graph } = await readBlueprint(goldenDirectory(name), { dtype: "bfloat16" });
    const narrow = (op: string) =>
      graph.nodes.filter((node) => node.op === op && node.outputs[0]?.dtype === "bfloat16").length;
    assert.ok(narrow("Gemm") > 0);
    for (
      const op of ["Softmax", "ReduceMean", "LayerNormalization", "SimplifiedLayerNormalization"]
    ) {
      assert.equal(narrow(op), 0, op);
    }
    for (const value of graph.outputs.values()) assert.equal(value.dtype, "float32");
  });
}
