/**
 * Models whose linear layers multiply whole numbers against the same models in float32, over every golden model that
 * is served.
 */

import assert from "node:assert/strict";
import type { ModelDtype, Query, SequenceOutput } from "../../src/engine/engine.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";
import {
  everydayGoldenNames,
  goldenDirectory,
  openGolden,
  pooledOnly,
  readGolden,
  readGoldenGradients,
} from "../support/golden_model.ts";

/**
 * Of the larger of 1 and the score. Rows of 16 random numbers lose far more than those of a real model, which
 * docs/precision.md has: the median over a model's sequences was 0.22 at most, the largest of all 0.54.
 */
const SCORE = 6e-1;
const MEDIAN_SCORE = 3e-1;
/** Total variation between two distributions of credit: the largest was 0.22. */
const CREDIT = 2.5e-1;
/**
 * What the neighbours of a text may change in its score and its attention. Scores were the same bits: attention sums
 * in float64, for a last digit of float32 that depends on the layout could decide how a number is rounded.
 */
const ALONE = 1e-6;

for (const name of everydayGoldenNames()) {
  Deno.test(`${name} in int8 scores and gives credit about as in float32`, async () => {
    const { queries, labelWeights } = await asked(name);
    await using cache = await temporaryDirectory();
    const options = { queries, labelWeights, cache: cache.path };
    const exact = await answers(name, { ...options, dtype: "float32" });
    const rounded = await answers(name, { ...options, dtype: "int8" });
    const differences = exact.flatMap(({ logits }, i) =>
      [...logits].map((logit, label) =>
        Math.abs(logit - rounded[i]!.logits[label]!) / Math.max(1, Math.abs(logit))
      )
    ).toSorted((a, b) => a - b);
    assert.ok(differences.at(-1)! <= SCORE, `largest ${differences.at(-1)}`);
    const median = differences[differences.length >> 1]!;
    assert.ok(median > 0 && median <= MEDIAN_SCORE, `median ${median}`);
    for (const [i, { measured }] of exact.entries()) {
      const other = rounded[i]!.measured;
      const credit = distance(secondHalf(measured.attention!), secondHalf(other.attention!)) / 2;
      assert.ok(credit <= CREDIT, `credit ${i}: ${credit}`);
      // Passes of their own stay in float32.
      assert.deepEqual(other.gradient, measured.gradient);
      assert.deepEqual(other.rollout, measured.rollout);
    }
  });

  Deno.test(`${name} in int8 answers a text alone as among others, however it is laid out`, async () => {
    const { queries } = await asked(name);
    await using cache = await temporaryDirectory();
    const options = { dtype: "int8", cache: cache.path } as const;
    const plain = queries.map((query): Query => ({ ...query, measure: ["attention"] }));
    await using engine = (await openGolden(name, options)).engine;
    await using eager = (await openGolden(name, { ...options, eager: true })).engine;
    const together = (await engine.run(plain)).outputs;
    const shared = (await eager.run(plain)).outputs;
    for (const [i, query] of plain.entries()) {
      const [alone] = (await engine.run([query])).outputs;
      for (const other of [alone!, shared[i]!]) {
        assertNear(other.logits, together[i]!.logits, ALONE);
        assertNear(other.measured.attention!, together[i]!.measured.attention!, ALONE);
      }
    }
  });

  Deno.test(`${name} in int8 rounds the products of its blocks and nothing else`, async () => {
    await using cache = await temporaryDirectory();
    const { graph, architecture } = await readBlueprint(goldenDirectory(name), {
      dtype: "int8",
      cache: cache.path,
      largestLoss: Infinity,
    });
    const products = graph.nodes.filter(({ op }) => op === "MatMulIntegerToFloat");
    assert.ok(products.length >= 4 * architecture.dimensions.layers - 2, `${products.length}`);
    for (const { inputs: [, weight] } of products) assert.equal(weight?.dtype, "int8");
    const whole = [...graph.weights.values()].filter(({ dtype }) => dtype === "int8");
    assert.ok(whole.length > 0 && whole.every(({ name }) => /\.\d+\..*\.weight\.int8$/.test(name)));
    for (const value of graph.outputs.values()) assert.equal(value.dtype, "float32");
  });
}

async function asked(name: string) {
  const { sequences } = await readGolden(name);
  const { label_weights: labelWeights } = await readGoldenGradients(name);
  const queries = sequences.map((sequence): Query => ({
    ...pooledOnly(sequence),
    measure: ["attention", "gradient", "rollout"],
  }));
  return { queries, labelWeights };
}

async function answers(
  name: string,
  { queries, ...options }: {
    queries: readonly Query[];
    labelWeights: readonly number[];
    dtype: ModelDtype;
    cache: string;
  },
): Promise<readonly SequenceOutput[]> {
  const { engine } = await openGolden(name, options);
  await using _closed = engine;
  assert.equal(engine.facts.dtype, options.dtype);
  return (await engine.run(queries)).outputs;
}

/** What credit by attention would give each token, were the second half the completion. */
function secondHalf(attention: Float32Array): Float32Array {
  const own = attention.slice(Math.floor(attention.length / 2));
  const mass = own.reduce((sum, weight) => sum + weight, 0);
  return own.map((weight) => weight / mass);
}

function distance(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, each, i) => sum + Math.abs(each - b[i]!), 0);
}

function assertNear(found: Float32Array, expected: Float32Array, near: number): void {
  assert.equal(found.length, expected.length);
  found.forEach((each, i) =>
    assert.ok(Math.abs(each - expected[i]!) <= near * Math.max(1, Math.abs(expected[i]!)))
  );
}
