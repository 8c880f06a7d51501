import assert from "node:assert/strict";
import { architectureOf, languageModelOf } from "../../src/architectures/registry.ts";
import { testFamily } from "../support/golden_model.ts";
import { testRandomBatches } from "../support/random_batches.ts";

testFamily(["qwen3", "qwen3-longrope"], ["qwen3-biased-windows"]);
testRandomBatches("qwen3-biased-windows");
testRandomBatches("qwen3-longrope");

const small = {
  architectures: ["Qwen3ForSequenceClassification"],
  vocab_size: 10,
  hidden_size: 64,
  intermediate_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 32,
};

Deno.test("heads are 128 wide unless the file says otherwise, however wide the model is", () => {
  const { trunk } = architectureOf(small);
  assert.deepEqual([trunk.attention(0).width, trunk.attention(0).kvHeads], [128, 32]);
  assert.equal(architectureOf({ ...small, head_dim: 6 }).trunk.attention(0).width, 6);
});

Deno.test("windows are those of Qwen2", () => {
  const windowed = { use_sliding_window: true, sliding_window: 5, max_window_layers: 1 };
  const { trunk } = architectureOf({ ...small, ...windowed });
  assert.deepEqual([0, 1].map((layer) => trunk.attention(layer).window?.left), [undefined, 4]);
  const layer_types = Array(2).fill("sliding_attention");
  assert.throws(() => architectureOf({ ...small, layer_types }), {
    kind: "bad_model",
    message: /Qwen3ForSequenceClassification as "layer_types" is not usable/,
  });
});

Deno.test("a Qwen3 that writes is the same trunk", () => {
  const { name, trunk, tied } = languageModelOf({ ...small, architectures: ["Qwen3ForCausalLM"] });
  assert.deepEqual([name, trunk.family, tied], ["Qwen3ForCausalLM", "qwen3", false]);
});
