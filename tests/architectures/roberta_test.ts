import assert from "node:assert/strict";
import { architectureOf } from "../../src/architectures/registry.ts";
import { testFamily } from "../support/golden_model.ts";
import { testRandomBatches } from "../support/random_batches.ts";

testFamily(["roberta", "camembert"], ["roberta-typed", "xlm-roberta"]);
testRandomBatches("roberta"); // ids 1 and 2, of which 1 is padding

const small = {
  architectures: ["RobertaForSequenceClassification"],
  vocab_size: 10,
  hidden_size: 24,
  intermediate_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 3,
};

Deno.test("defaults are those of transformers, and padding takes the first positions", () => {
  const { dimensions, sharesUpTo } = architectureOf(small);
  assert.deepEqual([dimensions.context, dimensions.types, sharesUpTo], [510, 2, 0]);
  const { dimensions: { context } } = architectureOf({ ...small, pad_token_id: -1 });
  assert.equal(context, 512);
});

for (
  const [field, value] of [
    ["pad_token_id", null],
    ["pad_token_id", 10],
    ["pad_token_id", -2],
    ["num_attention_heads", 5],
    ["position_embedding_type", "relative_key"],
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
