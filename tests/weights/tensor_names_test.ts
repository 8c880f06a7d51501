import assert from "node:assert/strict";
import { needless, spellingsOf } from "../../src/weights/tensor_names.ts";

Deno.test("a name has its own spelling first, then that without the prefix and with one more", () => {
  assert.deepEqual(spellingsOf("model.norm.weight", { prefix: "model" }), [
    "model.norm.weight",
    "norm.weight",
    "model.model.norm.weight",
  ]);
  assert.deepEqual(spellingsOf("score.weight", { prefix: "model" }), [
    "score.weight",
    "model.score.weight",
  ]);
  assert.deepEqual(spellingsOf("modelled.weight", { prefix: "model" }).length, 2);
  assert.deepEqual(spellingsOf("score.weight"), ["score.weight"]);
});

Deno.test("the weight and bias of a LayerNorm may be gamma and beta, with and without the prefix", () => {
  assert.deepEqual(spellingsOf("bert.a.LayerNorm.bias", { prefix: "bert" }), [
    "bert.a.LayerNorm.bias",
    "a.LayerNorm.bias",
    "bert.bert.a.LayerNorm.bias",
    "bert.a.LayerNorm.beta",
    "a.LayerNorm.beta",
    "bert.bert.a.LayerNorm.beta",
  ]);
  assert.ok(spellingsOf("LayerNorm.weight").includes("LayerNorm.gamma"));
  assert.deepEqual(spellingsOf("norm.weight"), ["norm.weight"]);
});

for (
  const [name, reason] of [
    ["model.layers.3.self_attn.rotary_emb.inv_freq", "derived frequencies"],
    ["rotary_emb.inv_freq", "derived frequencies"],
    ["bert.embeddings.position_ids", "the numbers from 0 on"],
    ["lm_head.weight", "a head over the vocabulary"],
    ["cls.predictions.decoder.weight", "heads of pretraining"],
    ["qa_outputs.bias", "a head of another task"],
    ["score.bias", undefined],
    ["model.lm_head.weight", undefined],
    ["model.layers.0.self_attn.q_proj.bias", undefined],
  ] as const
) {
  Deno.test(`${name} is ${reason ?? "needed"}`, () => {
    assert.equal(needless.find(({ pattern }) => pattern.test(name))?.reason, reason);
  });
}
