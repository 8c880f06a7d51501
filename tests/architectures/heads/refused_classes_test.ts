import assert from "node:assert/strict";
import { refusedClass } from "../../../src/architectures/heads/refused_classes.ts";

for (
  const [name, why] of [
    ["LlamaForTokenClassification", /another question/],
    ["BertForQuestionAnswering", /another question/],
    ["CriticModel", /a critic says what is still to come/],
    ["LlamaForRewardModelWithGating31", /^QRM's head gives quantiles/],
    ["LlamaForRewardModelWithGating3", /^QRM's head gives quantiles/],
    ["QRMGemma2", /^QRM's head gives quantiles/],
    ["URMForSequenceClassification", /^URM's head gives a mean and an uncertainty/],
    ["LDLRewardModel27B", /^LDL's heads give distributions/],
  ] as const
) {
  Deno.test(`${name} is refused for what is special about it`, () => {
    const found = refusedClass(["RewardModel", name]);
    assert.equal(found?.name, name);
    assert.match(found.why, why);
  });
}

Deno.test("classes that nothing is known of are left to whoever knows more", () => {
  for (
    const name of ["RewardModel", "LlamaForRewardModelWithGating", "GRewardModel", "LlamaModel"]
  ) {
    assert.equal(refusedClass([name]), undefined, name);
  }
});
