import assert from "node:assert/strict";
import { architectureOf } from "../../../src/architectures/registry.ts";

const beaver = {
  architectures: ["LlamaForScore"],
  model_type: "llama",
  vocab_size: 10,
  hidden_size: 8,
  intermediate_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
};

Deno.test("a critic of safe-rlhf is refused: it says what is still to come", () => {
  assert.throws(() => architectureOf({ ...beaver, score_type: "critic" }), {
    kind: "bad_model",
    path: "config.json",
    message: /"score_type" says that it is a critic.*received "critic"$/,
  });
});

Deno.test("fields that its code would not take are refused by name", () => {
  for (const [field, value] of [["score_type", "loss"], ["score_dim", 0], ["bias", "yes"]]) {
    assert.throws(() => architectureOf({ ...beaver, [`${field}`]: value }), {
      kind: "bad_model",
      message: new RegExp(`configuration of LlamaForScore as "${field}" is not usable`),
    });
  }
});

Deno.test("it has as many outputs as score_dim says, and sets aside the statistics that it does not read", () => {
  const unread = (more: Record<string, unknown>) => {
    const { head } = architectureOf({ ...beaver, score_dim: 2, ...more });
    assert.deepEqual(head.labels, ["LABEL_0", "LABEL_1"]);
    return ["mean", "var", "count"].filter((name) =>
      head.unread?.some(({ pattern }) => pattern.test(`normalizer.${name}`))
    );
  };
  assert.deepEqual(unread({}), ["mean", "var", "count"]);
  assert.deepEqual(unread({ do_normalize: true }), ["count"]);
  assert.deepEqual(unread({ do_normalize: true, score_type: "cost" }), ["mean", "count"]);
});
