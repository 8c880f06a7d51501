import assert from "node:assert/strict";
import { architectureOf } from "../../../src/architectures/registry.ts";
import { testFamily } from "../../support/golden_model.ts";

testFamily(
  ["inform", "ultra-rm", "beaver-normalised", "beaver-cost"],
  ["qwen2-rm", "eurus-rm", "beaver"],
);

const llama = {
  model_type: "llama",
  vocab_size: 10,
  hidden_size: 8,
  intermediate_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  pad_token_id: 0,
};

for (
  const [name, more, head, pooling] of [
    ["INFORMForSequenceClassification", {}, "linear score.0, relu, linear score.2", {
      beforeFirst: 0,
    }],
    ["Qwen2ForRewardModel", { model_type: "qwen2", num_key_value_heads: 2 }, /score\.0, relu/, {
      beforeFirst: 0,
    }],
    ["LlamaRewardModel", {}, "linear regression_head", "last"],
    ["EurusRewardModel", { model_type: "mistral", num_key_value_heads: 2 }, /regression_h/, "last"],
    ["LlamaForScore", {}, "linear score_head", "last"],
    ["LlamaModelForScore", { do_normalize: true }, "linear score_head, normalised", "last"],
  ] as const
) {
  Deno.test(`${name}: the head and the place that its code reads`, () => {
    const found = architectureOf({ ...llama, ...more, architectures: [name] });
    assert.match(found.head.text, new RegExp(head));
    assert.deepEqual(found.pooling, pooling);
    assert.deepEqual([found.name, found.head.labels], [name, ["LABEL_0"]]);
  });
}

Deno.test("a trainer's name that others use too says nothing where its head is not stored", () => {
  const config = { ...llama, architectures: ["LlamaRewardModel"], num_labels: 1 };
  const stored = (name: string) => new Map([[name, { shape: [1, 8] }]]);
  const theirs = architectureOf(config, { tensors: stored("regression_head.weight") });
  assert.equal(theirs.name, "LlamaRewardModel");
  const other = architectureOf(config, { tensors: stored("score.weight") });
  assert.deepEqual([other.name, other.head.text], [
    "LlamaForSequenceClassification",
    "linear score",
  ]);
  assert.throws(() => architectureOf(config, { tensors: stored("reward_head.weight") }), {
    kind: "bad_model",
    message: /no head "score\.weight".*received "LlamaRewardModel" under "architectures"$/,
  });
});
