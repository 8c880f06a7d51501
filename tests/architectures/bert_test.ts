import assert from "node:assert/strict";
import { architectureOf } from "../../src/architectures/registry.ts";
import { testFamily } from "../support/golden_model.ts";
import { testRandomBatches } from "../support/random_batches.ts";

testFamily(["bert", "bert-single", "bert-three-labels"]);
testRandomBatches("bert");

const small = {
  architectures: ["BertForSequenceClassification"],
  vocab_size: 10,
  hidden_size: 24,
  intermediate_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 3,
};

Deno.test("defaults are those of transformers", () => {
  const { dimensions, sharesUpTo } = architectureOf(small);
  assert.deepEqual([dimensions.context, dimensions.types, sharesUpTo], [512, 2, 0]);
});

for (
  const [field, value] of [
    ["num_attention_heads", 5],
    ["position_embedding_type", "relative_key_query"],
    ["is_decoder", true],
    ["add_cross_attention", true],
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
