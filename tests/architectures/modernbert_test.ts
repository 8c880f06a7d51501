import assert from "node:assert/strict";
import { architectureOf } from "../../src/architectures/registry.ts";
import { testFamily } from "../support/golden_model.ts";
import { testRandomBatches } from "../support/random_batches.ts";

testFamily(["modernbert", "modernbert-mean"], ["modernbert-layer-types"]);
testRandomBatches("modernbert-mean");

const small = {
  architectures: ["ModernBertForSequenceClassification"],
  vocab_size: 10,
  hidden_size: 24,
  intermediate_size: 8,
  num_hidden_layers: 4,
  num_attention_heads: 3,
};

/** How far each layer sees on either side. */
function sides(config: object): (number | undefined)[] {
  const { trunk, dimensions } = architectureOf({ ...small, ...config });
  return Array.from({ length: dimensions.layers }, (_, i) => trunk.attention(i).window?.left);
}

Deno.test("defaults are those of transformers", () => {
  const { dimensions, pooling, input } = architectureOf(small);
  assert.deepEqual([dimensions.context, dimensions.types], [8192, undefined]);
  assert.deepEqual([pooling, input], ["first", "pair"]);
  assert.equal(architectureOf({ ...small, classifier_pooling: "mean" }).pooling, "mean");
});

Deno.test("every third layer sees everything, the first among them, unless the file says otherwise", () => {
  assert.deepEqual(sides({}), [undefined, 64, 64, undefined]);
  assert.deepEqual(sides({ local_attention: 7 }), [undefined, 3, 3, undefined]);
  assert.deepEqual(sides({ sliding_window: 3 }), [undefined, 3, 3, undefined]);
  assert.deepEqual(sides({ global_attn_every_n_layers: 2 }), [undefined, 64, undefined, 64]);
  const layer_types = ["sliding_attention", "full_attention"];
  const both = { num_hidden_layers: 2, layer_types, global_attn_every_n_layers: 1 };
  assert.deepEqual(sides(both), [64, undefined]);
});

for (
  const [field, value] of [
    ["num_attention_heads", 5],
    ["layer_types", ["full_attention"]],
    ["classifier_pooling", "last"],
    ["rope_scaling", { rope_type: "linear", factor: 2 }],
    ["hidden_activation", "step"],
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
