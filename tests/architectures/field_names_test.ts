import assert from "node:assert/strict";
import { inPageNames } from "../../src/architectures/field_names.ts";

Deno.test("GPT-2's fields may have the general names, which are read under its own", () => {
  const general = { hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 4 };
  const found = inPageNames({ ...general, n_embd: 16, max_position_embeddings: 8 }, "gpt2");
  assert.deepEqual([found["n_embd"], found["n_layer"], found["n_head"], found["n_positions"]], [
    16,
    2,
    4,
    8,
  ]);
  assert.deepEqual(inPageNames(general, "llama"), general);
});

for (
  const [family, config, message] of [
    ["gpt2", { n_head: 4, num_attention_heads: 2 }, `"num_attention_heads" and "n_head"|2 and 4`],
    [
      "gpt2",
      { n_layer: 4, num_hidden_layers: null },
      `"num_hidden_layers" and "n_layer"|null and 4`,
    ],
    [
      "gemma2",
      { hidden_activation: "gelu", hidden_act: "silu" },
      `"hidden_activation" and "hidden_act"|"gelu" and "silu"`,
    ],
    ["gptj", { n_head: 4, num_attention_heads: 2 }, `"num_attention_heads" and "n_head"|2 and 4`],
    [
      "gemma3_text",
      { hidden_activation: "gelu", hidden_act: "silu" },
      `"hidden_activation" and "hidden_act"|"gelu" and "silu"`,
    ],
    [
      "gemma2",
      { hidden_act: "silu" },
      `"hidden_activation" (absent) and "hidden_act"|"gelu_pytorch_tanh" and "silu"`,
    ],
  ] as const
) {
  Deno.test(`fields that contradict each other are refused by both names: ${message}`, () => {
    const [fields, values] = message.split("|");
    assert.throws(() => inPageNames(config, family), {
      kind: "bad_model",
      path: "config.json",
      message:
        `Cannot read the configuration as ${fields} contradict each other: received ${values}`,
    });
  });
}

Deno.test("a field that is not read may be null, or say what counts", () => {
  for (const hidden_act of [null, "gelu_pytorch_tanh"]) inPageNames({ hidden_act }, "gemma2");
});
