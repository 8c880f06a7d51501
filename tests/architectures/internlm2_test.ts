import assert from "node:assert/strict";
import { architectureOf } from "../../src/architectures/registry.ts";
import { testFamily } from "../support/golden_model.ts";
import { testRandomBatches } from "../support/random_batches.ts";

testFamily(["internlm2-reward", "internlm2-reward-biased"], ["internlm2-reward-dynamic"]);
testRandomBatches("internlm2-reward");
testRandomBatches("internlm2-reward-dynamic");

const small = {
  architectures: ["InternLM2ForRewardModel"],
  model_type: "internlm2",
  vocab_size: 100,
  hidden_size: 16,
  intermediate_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  reward_token_id: 99,
};

Deno.test("the score is one number, read at the reward token, which closes every text", () => {
  const { pooling, rewardToken, dimensions } = architectureOf({ ...small, num_labels: 3 });
  assert.deepEqual([pooling, rewardToken, dimensions.labels], [{ named: 99 }, 99, 1]);
  const { reward_token_id: _, ...silent } = { ...small, vocab_size: 92_544 };
  assert.equal(architectureOf(silent).rewardToken, 92_527);
});

Deno.test("a reward token that is no id of the vocabulary is refused", () => {
  for (const reward_token_id of [100, -1, 1.5, "99", null]) {
    assert.throws(() => architectureOf({ ...small, reward_token_id }), {
      kind: "bad_model",
      message: /InternLM2ForRewardModel as "reward_token_id" is not usable/,
    });
  }
});

Deno.test("angles are scaled as the published code can scale them", () => {
  const scaled = (type: string) =>
    architectureOf({ ...small, rope_scaling: { type, factor: 2 } }).dimensions.context;
  assert.deepEqual([scaled("linear"), scaled("dynamic")], [2048, 4096]);
  assert.throws(() => scaled("yarn"), {
    kind: "bad_model",
    message: /an InternLM2 as it takes linear and dynamic alone: received "yarn"/,
  });
});

Deno.test("its language model is no reward model", () => {
  const architectures = ["InternLM2ForCausalLM"];
  assert.throws(() => architectureOf({ ...small, architectures }), {
    kind: "bad_model",
    message: /Cannot serve the architecture "InternLM2ForCausalLM"/,
  });
});
