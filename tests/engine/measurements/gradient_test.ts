import assert from "node:assert/strict";
import { join } from "node:path";
import { architectureOf } from "../../../src/architectures/registry.ts";
import type { Query } from "../../../src/engine/engine.ts";
import { ownPassGraph } from "../../../src/engine/passes/own_pass.ts";
import { check } from "../../../src/onnx/check.ts";
import { Ledger } from "../../../src/weights/ledger.ts";
import { openCheckpoint } from "../../../src/weights/open.ts";
import { withScaledToken } from "../../support/altered_golden.ts";
import {
  type Asked,
  assertClose,
  everydayGoldenNames,
  goldenDirectory,
  goldenNames,
  openGolden,
  pooledOnly,
  readGolden,
  readGoldenGradients,
} from "../../support/golden_model.ts";

/** A query for the gradient of the score. */
function wanting(asked: Asked | readonly number[]): Query {
  return { ...pooledOnly(asked), measure: ["gradient"] };
}

function blend(logits: ArrayLike<number>, weights: readonly number[]): number {
  return weights.reduce((sum, weight, label) => sum + weight * logits[label]!, 0);
}

for (const name of everydayGoldenNames()) {
  Deno.test(`${name} attributes as torch's autograd does, in one ragged batch and alone`, async () => {
    const { label_weights: labelWeights, sequences } = await readGoldenGradients(name);
    await using engine = (await openGolden(name, { labelWeights })).engine;
    const together = await engine.run(sequences.map(wanting));
    for (const [i, sequence] of sequences.entries()) {
      const { ids, score, attribution } = sequence;
      const { outputs: [alone] } = await engine.run([wanting(sequence)]);
      for (const output of [together.outputs[i]!, alone!]) {
        const what = { tolerance: 1e-4, what: `${ids.length} tokens` };
        assertClose([blend(output.logits, labelWeights)], [score], what);
        assertClose(output.measured.gradient!, attribution, what);
      }
    }
  });
}

Deno.test("the golden gradients are of every golden model and of its sequences", async () => {
  for (const name of goldenNames()) {
    const [golden, gradients] = await Promise.all([readGolden(name), readGoldenGradients(name)]);
    for (const kind of ["sequences", "texts", "pairs"] as const) {
      const asked = (each: Asked) => [each.ids, each.types];
      assert.deepEqual(gradients[kind]?.map(asked), golden[kind]?.map(asked));
    }
  }
});

Deno.test("what a token is scaled by moves the score as its attribution says", async () => {
  const ids = [1, 68, 94, 138, 10, 122, 66];
  await using engine = (await openGolden("llama", { labelWeights: [1] })).engine;
  const { outputs: [output] } = await engine.run([wanting(ids)]);
  const step = 0.01;
  for (const token of [0, 3, 6]) {
    const up = await scaledScore(ids, { token, factor: 1 + step });
    const down = await scaledScore(ids, { token, factor: 1 - step });
    const slope = (up - down) / (2 * step);
    assertClose([output!.measured.gradient![token]!], [slope], {
      tolerance: 1e-3,
      what: `${token}`,
    });
  }
});

/** The score that the scoring graph alone gives once a token's row of the embeddings is scaled. */
async function scaledScore(
  ids: readonly number[],
  scaled: { token: number; factor: number },
): Promise<number> {
  const token = ids[scaled.token]!;
  await using directory = await withScaledToken("llama", { ...scaled, token });
  await using engine = (await openGolden(directory.path)).engine;
  const { outputs: [output] } = await engine.run([{ ...wanting(ids), measure: [] }]);
  return output!.logits[0]!;
}

Deno.test("no weight has a gradient, and angles that do not depend on lengths do not ask for them", async () => {
  const inputs = async (name: string) => {
    const directory = goldenDirectory(name);
    const config = JSON.parse(await Deno.readTextFile(join(directory, "config.json")));
    const architecture = architectureOf(config);
    const ledger = new Ledger(await openCheckpoint(directory));
    const graph = ownPassGraph("gradient", {
      architecture,
      weights: ledger,
      labelWeights: architecture.head.labels.map(() => 1),
    });
    check(graph);
    ledger.settle(); // the whole model is differentiated, and nothing of it twice
    assert.deepEqual([...graph.outputs.keys()], ["gradient"]);
    return graph.inputs.map(({ label, dtype, shape }) => `${label} ${dtype}[${shape.join()}]`);
  };
  const common = ["length int64[]", "ids int32[tokens]", "positions int32[tokens]"];
  const pool = "pool float32[batch,length]";
  const iota = "iota int64[tokens]";
  assert.deepEqual(await inputs("gpt2"), [...common, pool]);
  assert.deepEqual(await inputs("llama"), [...common, iota, pool]);
  const dynamic = [...common, "lengths int32[tokens]", iota, pool];
  assert.deepEqual(await inputs("llama-rope-dynamic"), dynamic);
});
