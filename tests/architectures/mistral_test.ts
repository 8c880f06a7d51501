import assert from "node:assert/strict";
import { architectureOf, languageModelOf } from "../../src/architectures/registry.ts";
import { testFamily } from "../support/golden_model.ts";
import { testRandomBatches } from "../support/random_batches.ts";

testFamily(["mistral", "mistral-full", "mistral-wide-heads"]);
testRandomBatches("mistral");

const small = {
  architectures: ["MistralForSequenceClassification"],
  vocab_size: 10,
  hidden_size: 64,
  intermediate_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 16,
};

Deno.test("every layer has the window, which counts the token itself", () => {
  const { trunk, dimensions } = architectureOf({ ...small, sliding_window: 7 });
  for (const layer of [0, 1]) {
    assert.deepEqual(trunk.attention(layer).window, { left: 6, right: 0 });
    assert.equal(trunk.attention(layer).kvHeads, 8);
  }
  assert.equal(dimensions.context, 131_072);
});

Deno.test("without the field a window is 4,096 tokens, with null there is none", () => {
  const windowOf = (more: object) =>
    architectureOf({ ...small, ...more }).trunk.attention(0).window;
  assert.deepEqual(windowOf({}), { left: 4095, right: 0 });
  assert.equal(windowOf({ sliding_window: null }), undefined);
  assert.throws(() => windowOf({ sliding_window: 0 }), {
    kind: "bad_model",
    message: /MistralForSequenceClassification as "sliding_window" is not usable/,
  });
});

Deno.test("a Mistral that writes is the same trunk", () => {
  const policy = { ...small, architectures: ["MistralForCausalLM"], sliding_window: 3 };
  const { name, trunk, tied } = languageModelOf(policy);
  assert.deepEqual([name, trunk.family, tied], ["MistralForCausalLM", "mistral", false]);
  assert.deepEqual(trunk.attention(1).window, { left: 2, right: 0 });
});
