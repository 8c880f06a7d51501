/**
 * Models that compute in float16 against the same models in float32, over every golden model that is served.
 */

import assert from "node:assert/strict";
import type { ComputeDtype, Query, SequenceOutput } from "../../src/engine/engine.ts";
import { measurementNames } from "../../src/engine/measurements/registry.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import half from "../golden/half.json" with { type: "json" };
import {
  assertClose,
  everydayGoldenNames,
  goldenDirectory,
  openGolden,
  pooledOnly,
  readGolden,
  readGoldenGradients,
  servedGoldenNames,
} from "../support/golden_model.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";

/**
 * Of the larger of 1 and the score; twice what transformers itself is off by, where that is more. Rounding
 * the weights alone moves some scores of these models by more than this.
 */
const SCORE = 1e-2;
const { models: transformers } = half as unknown as {
  models: Record<string, { readonly score: number } | undefined>;
};
/** Total variation between two distributions of credit. */
const CREDIT = 2e-2;
/**
 * Of the sum of all magnitudes of one sequence's gradient, or of the least sum where those are rounding: a
 * model that norms its words before all else, as DeBERTa v3 and ModernBERT, has a gradient of 0 along them.
 */
const GRADIENT = 5e-2;
const LEAST_SUM = 2.5e-1;

for (const name of everydayGoldenNames()) {
  Deno.test(`${name} in float16 scores and gives credit as in float32`, async () => {
    const { sequences } = await readGolden(name);
    const { label_weights: labelWeights } = await readGoldenGradients(name);
    const queries = sequences.map((sequence): Query => ({
      ...pooledOnly(sequence),
      measure: ["attention", "gradient", "rollout"],
    }));
    const tolerance = Math.max(SCORE, 2 * transformers[name]!.score);
    const wide = await answers(name, { queries, labelWeights, dtype: "float32" });
    const rounded = await answers(name, { queries, labelWeights, dtype: "float16" });
    for (const [i, expected] of wide.entries()) {
      const found = rounded[i]!;
      const what = `score ${i}`;
      const scores = [found, expected].map(({ logits }) =>
        [logits.reduce((sum, logit, label) => sum + logit * labelWeights[label]!, 0)] as const
      );
      assertClose(scores[0]!, scores[1]!, { tolerance, what });
      const [credit, wanted] = [found, expected].map(shareOfSecondHalf);
      assert.ok(distance(credit!, wanted!) / 2 <= CREDIT, `credit ${i}`);
      const [rollout, straightRollout] = [found.measured.rollout!, expected.measured.rollout!];
      assert.ok(distance(rollout, straightRollout) / 2 <= CREDIT, `rollout ${i}`);
      const [slope, straight] = [found.measured.gradient!, expected.measured.gradient!];
      const size = straight.reduce((sum, each) => sum + Math.abs(each), 0);
      const near = GRADIENT * Math.max(size, LEAST_SUM);
      assert.ok(distance(slope, straight) <= near, `gradient ${i}`);
    }
  });

  Deno.test(`${name} in float16 multiplies in float16 and answers in float32`, async () => {
    const { graph } = await readBlueprint(goldenDirectory(name), { dtype: "float16" });
    const products = graph.nodes.filter(({ op }) => op === "Gemm");
    const half = products.filter(({ outputs: [product] }) => product?.dtype === "float16");
    assert.ok(half.length > products.length / 2, `${half.length} of ${products.length}`);
    for (const value of graph.outputs.values()) assert.equal(value.dtype, "float32");
  });
}

/** Models that are stored as bfloat16, as float32, and in shards. */
const wider = ["gemma2", "gpt2", "llama-biased-sharded"];

for (const name of wider.filter((name) => servedGoldenNames().includes(name))) {
  Deno.test(`${name} in float16 answers bit for bit alike over a derived checkpoint`, async () => {
    const { sequences } = await readGolden(name);
    const { label_weights: labelWeights } = await readGoldenGradients(name);
    const queries = sequences.map((sequence): Query => ({
      ...pooledOnly(sequence),
      measure: measurementNames,
    }));
    await using cache = await temporaryDirectory();
    const asked = { queries, labelWeights, dtype: "float16" } as const;
    const cast = await answers(name, asked);
    const read = await answers(name, { ...asked, cache: cache.path });
    assert.deepEqual(read, cast);
    const [folder] = [...Deno.readDirSync(cache.path)];
    assert.match(folder!.name, /^float16-/);
  });
}

async function answers(
  name: string,
  { queries, ...options }: {
    queries: readonly Query[];
    labelWeights: readonly number[];
    dtype: ComputeDtype;
    cache?: string;
  },
): Promise<readonly SequenceOutput[]> {
  const { engine } = await openGolden(name, options);
  await using _closed = engine;
  assert.equal(engine.facts.dtype, options.dtype);
  return (await engine.run(queries)).outputs;
}

/** What credit by attention would give each token, were the second half the completion. */
function shareOfSecondHalf({ measured: { attention } }: SequenceOutput): Float32Array {
  const own = attention!.slice(Math.floor(attention!.length / 2));
  const mass = own.reduce((sum, weight) => sum + weight, 0);
  return own.map((weight) => weight / mass);
}

function distance(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, each, i) => sum + Math.abs(each - b[i]!), 0);
}
