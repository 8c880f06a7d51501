import assert from "node:assert/strict";
import { architectureOf, languageModelOf } from "../../src/architectures/registry.ts";
import { testFamily } from "../support/golden_model.ts";
import { testRandomBatches } from "../support/random_batches.ts";

testFamily(["qwen2", "qwen2-windows"], ["qwen2-yarn"]);
testRandomBatches("qwen2-windows");

const small = {
  architectures: ["Qwen2ForSequenceClassification"],
  vocab_size: 10,
  hidden_size: 64,
  intermediate_size: 8,
  num_hidden_layers: 3,
  num_attention_heads: 32,
};

/** How many tokens each layer sees to the left; undefined where it sees all. */
function windowsOf(more: object) {
  const { trunk } = architectureOf({ ...small, ...more });
  return [0, 1, 2].map((layer) => trunk.attention(layer).window?.left);
}

Deno.test("layers have the window from a certain one on, if windows are used at all", () => {
  const window = { sliding_window: 7, max_window_layers: 2 };
  assert.deepEqual(windowsOf(window), [undefined, undefined, undefined]);
  assert.deepEqual(windowsOf({ ...window, use_sliding_window: true }), [undefined, undefined, 6]);
  const defaults = { use_sliding_window: true, num_hidden_layers: 3, max_window_layers: 0 };
  assert.deepEqual(windowsOf(defaults), [4095, 4095, 4095]);
  assert.deepEqual(windowsOf({ ...defaults, sliding_window: null }), Array(3).fill(undefined));
});

Deno.test("types of layers overrule the first layer with a window", () => {
  const layer_types = ["sliding_attention", "full_attention", "sliding_attention"];
  const told = { use_sliding_window: true, sliding_window: 4, max_window_layers: 1, layer_types };
  assert.deepEqual(windowsOf(told), [3, undefined, 3]);
  for (const none of [{ use_sliding_window: false }, { sliding_window: null }]) {
    assert.throws(() => windowsOf({ ...told, ...none }), {
      kind: "bad_model",
      message: /"layer_types" is not usable: "sliding_attention" needs "use_sliding_window"/,
    });
  }
  assert.throws(() => windowsOf({ layer_types: ["full_attention"] }), {
    message: /3 layers need as many types: received 1/,
  });
});

Deno.test("key and value heads are 32 where the file has none, and as many as heads where it has null", () => {
  const kvHeads = (more: object) =>
    architectureOf({ ...small, num_attention_heads: 64, ...more }).trunk.attention(0).kvHeads;
  const wide = { hidden_size: 128 };
  assert.equal(kvHeads(wide), 32);
  assert.equal(kvHeads({ ...wide, num_key_value_heads: null }), 64);
});

Deno.test("a Qwen2 that writes is the same trunk", () => {
  const policy = { ...small, architectures: ["Qwen2ForCausalLM"], tie_word_embeddings: true };
  const { name, trunk, tied } = languageModelOf(policy);
  assert.deepEqual([name, trunk.family, tied], ["Qwen2ForCausalLM", "qwen2", true]);
  assert.equal(trunk.dimensions.context, 32_768);
});
