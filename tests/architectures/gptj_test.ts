import assert from "node:assert/strict";
import { architectureOf, languageModelOf } from "../../src/architectures/registry.ts";
import { testFamily } from "../support/golden_model.ts";
import { testRandomBatches } from "../support/random_batches.ts";

testFamily(["gptj"], ["gptj-whole-heads"]);
testRandomBatches("gptj");

const small = {
  architectures: ["GPTJForSequenceClassification"],
  vocab_size: 10,
  n_embd: 128,
  n_layer: 1,
  n_head: 2,
};

Deno.test("64 columns of a head turn unless the file says otherwise, and no more than it has", () => {
  assert.equal(architectureOf(small).dimensions.context, 2048);
  assert.throws(() => architectureOf({ ...small, n_head: 4 }), {
    kind: "bad_model",
    message: /columns do not form pairs: received 64 of 32 columns/,
  });
  assert.equal(architectureOf({ ...small, n_head: 4, rotary_dim: 8 }).trunk.attention(0).width, 32);
});

Deno.test("what transformers cannot compute of a GPT-J is refused by its field", () => {
  for (const [field, value] of [["rotary_dim", 3], ["rotary_dim", null], ["n_head", 5]] as const) {
    assert.throws(() => architectureOf({ ...small, [field]: value }), {
      kind: "bad_model",
      message: new RegExp(`"${field}" is not usable`),
    });
  }
});

Deno.test("a GPT-J that writes is the same trunk", () => {
  const { name, trunk, tied } = languageModelOf({ ...small, architectures: ["GPTJForCausalLM"] });
  assert.deepEqual([name, trunk.family, tied], ["GPTJForCausalLM", "gptj", false]);
});
