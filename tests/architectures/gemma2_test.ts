import assert from "node:assert/strict";
import { architectureOf } from "../../src/architectures/registry.ts";
import { testFamily } from "../support/golden_model.ts";
import { testRandomBatches } from "../support/random_batches.ts";

testFamily(["gemma2", "gemma2-uncapped"]);
testRandomBatches("gemma2");

const small = {
  architectures: ["Gemma2ForSequenceClassification"],
  vocab_size: 10,
  hidden_size: 8,
  intermediate_size: 8,
  num_hidden_layers: 3,
  num_attention_heads: 8,
};

function attentionOf(more: object = {}) {
  const { trunk } = architectureOf({ ...small, ...more });
  return [0, 1, 2].map((layer) => trunk.attention(layer));
}

Deno.test("every other layer has the window, the first among them, unless the types say otherwise", () => {
  const near = { left: 4095, right: 0 };
  assert.deepEqual(attentionOf().map(({ window }) => window), [near, undefined, near]);
  const layer_types = ["full_attention", "sliding_attention", "sliding_attention"];
  assert.deepEqual(
    attentionOf({ layer_types, sliding_window: 3 }).map(({ window }) => window?.left),
    [undefined, 2, 2],
  );
});

Deno.test("scores are scaled and capped as the file says, else as Gemma 2's are", () => {
  const [plain] = attentionOf();
  assert.deepEqual([plain!.scale, plain!.softcap, plain!.width, plain!.kvHeads], [
    1 / 16,
    50,
    256,
    4,
  ]);
  const [told] = attentionOf({ query_pre_attn_scalar: 144, attn_logit_softcapping: null });
  assert.deepEqual([told!.scale, told!.softcap], [1 / 12, undefined]);
});

for (
  const [what, more, message] of [
    [
      "types for other layers",
      { layer_types: ["full_attention"] },
      /3 layers need as many types: received 1/,
    ],
    [
      "a type that is unknown",
      { layer_types: Array(3).fill("chunked") },
      /"layer_types.0" is not usable/,
    ],
    [
      "attention to what follows",
      { use_bidirectional_attention: true },
      /"use_bidirectional_attention" is/,
    ],
  ] as const
) {
  Deno.test(`${what} is refused`, () => {
    assert.throws(() => architectureOf({ ...small, ...more }), { kind: "bad_model", message });
  });
}
