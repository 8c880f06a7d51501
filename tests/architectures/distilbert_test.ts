import assert from "node:assert/strict";
import { architectureOf } from "../../src/architectures/registry.ts";
import { testFamily } from "../support/golden_model.ts";
import { testRandomBatches } from "../support/random_batches.ts";

testFamily(["distilbert"], ["distilbert-sinusoidal"]);
testRandomBatches("distilbert");

const small = {
  architectures: ["DistilBertForSequenceClassification"],
  vocab_size: 10,
  dim: 24,
  hidden_dim: 8,
  n_heads: 3,
};

Deno.test("defaults are those of transformers", () => {
  const { dimensions, sharesUpTo } = architectureOf(small);
  const { layers, context, types } = dimensions;
  assert.deepEqual([layers, context, types, sharesUpTo], [6, 512, undefined, 0]);
});

for (
  const [field, value] of [
    ["n_heads", 5],
    ["dim", 0],
    ["activation", "step"],
  ] as const
) {
  Deno.test(`a ${field} of ${value} is a bad model`, () => {
    assert.throws(() => architectureOf({ ...small, [field]: value }), {
      kind: "bad_model",
      path: "config.json",
      message: new RegExp(`"${field}" is not usable`),
    });
  });
}
