import assert from "node:assert/strict";
import { architectureOf, languageModelOf } from "../../src/architectures/registry.ts";
import { testFamily } from "../support/golden_model.ts";
import { testRandomBatches } from "../support/random_batches.ts";

testFamily(["phi3", "phi3-longrope"], ["phi3-grouped"]);
testRandomBatches("phi3");
testRandomBatches("phi3-longrope");

const small = {
  architectures: ["Phi3ForSequenceClassification"],
  vocab_size: 10,
  hidden_size: 16,
  intermediate_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
};
const longrope = {
  max_position_embeddings: 8192,
  rope_scaling: { type: "longrope", short_factor: Array(4).fill(1), long_factor: Array(4).fill(2) },
};

Deno.test("every layer has the window of the file, and none without it", () => {
  const windows = (more: object) => {
    const { trunk } = architectureOf({ ...small, ...more });
    return [0, 1].map((layer) => trunk.attention(layer).window?.left);
  };
  assert.deepEqual(windows({}), [undefined, undefined]);
  assert.deepEqual(windows({ sliding_window: null }), [undefined, undefined]);
  assert.deepEqual(windows({ sliding_window: 2047 }), [2046, 2046]);
});

Deno.test("texts have other angles from 4,096 tokens on, unless the file says otherwise", () => {
  const sharesUpTo = (more: object) =>
    architectureOf({ ...small, ...longrope, ...more }).sharesUpTo;
  assert.equal(sharesUpTo({}), 4096);
  assert.equal(sharesUpTo({ original_max_position_embeddings: 512 }), 512);
  const { rope_scaling } = longrope;
  const told = { ...rope_scaling, original_max_position_embeddings: 512 };
  assert.throws(() => sharesUpTo({ rope_scaling: told }), {
    kind: "bad_model",
    message: /"original_max_position_embeddings" contradict each other: received 512 and 4096/,
  });
});

Deno.test("angles that transformers has no Phi-3 with are refused", () => {
  for (const kind of ["linear", "yarn"]) {
    assert.throws(
      () => architectureOf({ ...small, rope_scaling: { rope_type: kind, factor: 2 } }),
      {
        kind: "bad_model",
        message: new RegExp(`as it takes longrope alone: received "${kind}"`),
      },
    );
  }
  const rope_scaling = { ...longrope.rope_scaling, short_factor: [1, 1] };
  assert.throws(() => architectureOf({ ...small, ...longrope, rope_scaling }), {
    message: /"short_factor" must have a number for each of 4 pairs of columns: received 2/,
  });
});

Deno.test("a Phi-3 that writes is the same trunk; padding is id 32,000", () => {
  const { name, trunk, tied } = languageModelOf({ ...small, architectures: ["Phi3ForCausalLM"] });
  assert.deepEqual([name, trunk.family, tied], ["Phi3ForCausalLM", "phi3", false]);
  assert.deepEqual(architectureOf(small).pooling, { lastNot: 32_000 });
});
