import assert from "node:assert/strict";
import { architectureOf } from "../../src/architectures/registry.ts";
import { testFamily } from "../support/golden_model.ts";
import { testRandomBatches } from "../support/random_batches.ts";

testFamily(["electra"], ["electra-as-wide"]);
testRandomBatches("electra");

const small = {
  architectures: ["ElectraForSequenceClassification"],
  vocab_size: 10,
  hidden_size: 24,
  intermediate_size: 8,
  num_attention_heads: 3,
};

Deno.test("defaults are those of transformers", () => {
  const { dimensions, sharesUpTo } = architectureOf(small);
  const { layers, context, types } = dimensions;
  assert.deepEqual([layers, context, types, sharesUpTo], [12, 512, 2, 0]);
});

for (
  const [field, value] of [
    ["num_attention_heads", 5],
    ["embedding_size", 0],
    ["is_decoder", true],
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
