import assert from "node:assert/strict";
import { architectureOf, languageModelOf } from "../../src/architectures/registry.ts";
import { testFamily } from "../support/golden_model.ts";
import { testRandomBatches } from "../support/random_batches.ts";

testFamily(["gemma3", "gemma3-yarn"], ["gemma3-plain"]);
testRandomBatches("gemma3");

const small = {
  architectures: ["Gemma3TextForSequenceClassification"],
  vocab_size: 10,
  hidden_size: 8,
  intermediate_size: 8,
  num_hidden_layers: 7,
  num_attention_heads: 4,
};

/** Which layers see everything. */
function wholeLayers(more: object = {}) {
  const { trunk, dimensions } = architectureOf({ ...small, ...more });
  const layers = Array.from({ length: dimensions.layers }, (_, layer) => layer);
  return layers.filter((layer) => trunk.attention(layer).window === undefined);
}

Deno.test("every sixth layer sees everything, unless a pattern or the types say otherwise", () => {
  assert.deepEqual(wholeLayers(), [5]);
  assert.deepEqual(wholeLayers({ sliding_window_pattern: 3 }), [2, 5]);
  const layer_types = Array(7).fill("sliding_attention").with(1, "full_attention");
  assert.deepEqual(wholeLayers({ layer_types, sliding_window_pattern: 3 }), [1]);
  const { trunk } = architectureOf({ ...small, query_pre_attn_scalar: 144 });
  const { window, width, kvHeads, scale, softcap } = trunk.attention(0);
  assert.deepEqual([window?.left, width, kvHeads, scale, softcap], [
    4095,
    256,
    4,
    1 / 12,
    undefined,
  ]);
});

Deno.test("a scaling beside the bases is that of layers without a window alone", () => {
  const rope_scaling = { rope_type: "dynamic", factor: 2 };
  const scaled = { ...small, rope_scaling, max_position_embeddings: 64 };
  const { sharesUpTo, dimensions } = architectureOf(scaled);
  assert.deepEqual([sharesUpTo, dimensions.context], [64, 64], "the others end where they did");
});

Deno.test("what Abacus cannot compute of a Gemma 3 is refused by its field", () => {
  for (
    const [field, value] of [
      ["sliding_window", null],
      ["sliding_window_pattern", 0],
      ["use_bidirectional_attention", true],
      ["layer_types", ["full_attention"]],
    ] as const
  ) {
    assert.throws(() => architectureOf({ ...small, [field]: value }), {
      kind: "bad_model",
      message: new RegExp(`"${field}" is not usable`),
    });
  }
});

Deno.test("a Gemma 3 that writes is the same trunk, tied unless the file says otherwise", () => {
  const policy = { ...small, architectures: ["Gemma3ForCausalLM"] };
  const { name, trunk, tied } = languageModelOf(policy);
  assert.deepEqual([name, trunk.family, tied], ["Gemma3ForCausalLM", "gemma3_text", true]);
});
