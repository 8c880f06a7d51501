import assert from "node:assert/strict";
import { architectureOf } from "../../src/architectures/registry.ts";
import { testFamily } from "../support/golden_model.ts";
import { testRandomBatches } from "../support/random_batches.ts";

testFamily([
  "deberta-v3",
  "deberta-v2-conv",
  "deberta-v2-no-buckets",
  "deberta-v2-content-to-position",
]);
testRandomBatches("deberta-v3");
testRandomBatches("deberta-v2-conv");

const small = {
  architectures: ["DebertaV2ForSequenceClassification"],
  vocab_size: 10,
  hidden_size: 8,
  intermediate_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
};

Deno.test("a DeBERTa is an encoder of pairs that is read at its first token", () => {
  const { attention, pooling, task, input, sharesUpTo } = architectureOf(small);
  assert.deepEqual([attention, pooling, task, input], [
    "bidirectional",
    "first",
    "sequence",
    "pair",
  ]);
  assert.equal(sharesUpTo, 0);
});

const unusable: readonly (readonly [string, object, RegExp])[] = [
  ["heads that do not divide the width", { num_attention_heads: 3 }, /"num_attention_heads"/],
  ["a term of scores that there is not", { pos_att_type: "c2p|p2p" }, /"pos_att_type/],
  ["a kernel without a middle", { conv_kernel_size: 4 }, /"conv_kernel_size" is not usable/],
  ["a convolution in groups", { conv_groups: 2 }, /"conv_groups" is not usable: .*not supported/],
];

for (const [what, change, message] of unusable) {
  Deno.test(`${what} is a bad model`, () => {
    assert.throws(() => architectureOf({ ...small, ...change }), { kind: "bad_model", message });
  });
}
