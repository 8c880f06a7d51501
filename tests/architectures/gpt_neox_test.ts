import assert from "node:assert/strict";
import { architectureOf } from "../../src/architectures/registry.ts";
import { testFamily } from "../support/golden_model.ts";
import { testRandomBatches } from "../support/random_batches.ts";

testFamily(["gpt-neox", "gpt-neox-sequential", "gpt-neox-half-rotary"]);
testRandomBatches("gpt-neox");

const small = {
  architectures: ["GPTNeoXForSequenceClassification"],
  vocab_size: 10,
  hidden_size: 24,
  intermediate_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 3,
};

Deno.test("heads that do not divide the width are a bad model", () => {
  assert.throws(() => architectureOf({ ...small, num_attention_heads: 5 }), {
    kind: "bad_model",
    message: /"num_attention_heads" is not usable: the heads do not divide hidden_size/,
  });
});

Deno.test("scaling that depends on the length bounds sharing in this family as well", () => {
  const rope_scaling = { type: "dynamic", factor: 2 };
  const config = { ...small, hidden_size: 48, max_position_embeddings: 64, rope_scaling };
  const { dimensions, sharesUpTo } = architectureOf(config);
  assert.deepEqual([dimensions.context, sharesUpTo], [128, 64]);
});
