import assert from "node:assert/strict";
import { architectureOf, languageModelOf } from "../../src/architectures/registry.ts";
import { testFamily } from "../support/golden_model.ts";
import { testRandomBatches } from "../support/random_batches.ts";

testFamily(["opt", "opt-post-norm"], ["opt-bare"]);
testRandomBatches("opt-post-norm");

const small = {
  architectures: ["OPTForSequenceClassification"],
  vocab_size: 10,
  hidden_size: 8,
  ffn_dim: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
};

Deno.test("words come and states go as wide as the file says, else as wide as the layers", () => {
  assert.equal(architectureOf(small).dimensions.hidden, 8);
  assert.equal(architectureOf({ ...small, word_embed_proj_dim: null }).dimensions.hidden, 8);
  const { dimensions, trunk } = architectureOf({ ...small, word_embed_proj_dim: 6 });
  assert.deepEqual([dimensions.hidden, trunk.attention(0).width], [6, 4]);
});

Deno.test("positions end at 2,048 and id 1 is padding, unless the file says otherwise", () => {
  const { dimensions, pooling } = architectureOf(small);
  assert.deepEqual([dimensions.context, pooling], [2048, { lastNot: 1 }]);
});

Deno.test("heads that do not divide the width are a bad model", () => {
  assert.throws(() => architectureOf({ ...small, num_attention_heads: 3 }), {
    kind: "bad_model",
    message: /"num_attention_heads" is not usable: the heads do not divide hidden_size/,
  });
});

Deno.test("an OPT that writes is the same trunk, tied unless the file says otherwise", () => {
  const policy = { ...small, architectures: ["OPTForCausalLM"] };
  const { name, trunk, tied } = languageModelOf(policy);
  assert.deepEqual([name, trunk.family, tied], ["OPTForCausalLM", "opt", true]);
  assert.equal(languageModelOf({ ...policy, tie_word_embeddings: false }).tied, false);
});
