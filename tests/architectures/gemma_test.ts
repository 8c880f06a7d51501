import assert from "node:assert/strict";
import { architectureOf, languageModelOf } from "../../src/architectures/registry.ts";
import { testFamily } from "../support/golden_model.ts";
import { testRandomBatches } from "../support/random_batches.ts";

testFamily(["gemma"], ["gemma-biased"]);
testRandomBatches("gemma");

const small = {
  architectures: ["GemmaForSequenceClassification"],
  vocab_size: 10,
  hidden_size: 8,
  intermediate_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 16,
};

Deno.test("heads are 256 wide, 16 of keys and values, and id 0 is padding, unless the file says otherwise", () => {
  const { trunk, pooling } = architectureOf(small);
  const { width, kvHeads, scale, softcap, window } = trunk.attention(0);
  assert.deepEqual([width, kvHeads, scale, softcap, window], [
    256,
    16,
    1 / 16,
    undefined,
    undefined,
  ]);
  assert.deepEqual(pooling, { lastNot: 0 });
  assert.equal(architectureOf({ ...small, pad_token_id: null }).pooling, "last");
});

Deno.test("attention to what follows is refused", () => {
  assert.throws(() => architectureOf({ ...small, use_bidirectional_attention: true }), {
    kind: "bad_model",
    message: /"use_bidirectional_attention" is not usable/,
  });
});

Deno.test("a Gemma that writes is the same trunk, tied unless the file says otherwise", () => {
  const policy = { ...small, architectures: ["GemmaForCausalLM"] };
  const { name, trunk, tied } = languageModelOf(policy);
  assert.deepEqual([name, trunk.family, tied], ["GemmaForCausalLM", "gemma", true]);
  assert.equal(languageModelOf({ ...policy, tie_word_embeddings: false }).tied, false);
});
