import assert from "node:assert/strict";
import { inventoryOf, type Part, partOf } from "../../src/model/inventory.ts";
import type { ListedDtype, ListedTensor } from "../../src/weights/checkpoint.ts";

const names: Record<Part, string[]> = {
  embeddings: [
    "model.embed_tokens.weight",
    "transformer.wte.weight",
    "transformer.wpe.weight",
    "bert.embeddings.word_embeddings.weight",
    "roberta.embeddings.position_embeddings.weight",
  ],
  attention: [
    "model.layers.0.self_attn.q_proj.weight",
    "model.layers.31.self_attn.o_proj.bias",
    "transformer.h.0.attn.c_attn.weight",
    "transformer.h.0.attn.c_proj.bias",
    "bert.encoder.layer.0.attention.self.query.weight",
    "bert.encoder.layer.0.attention.output.dense.weight",
  ],
  mlp: [
    "model.layers.0.mlp.gate_proj.weight",
    "transformer.h.0.mlp.c_fc.weight",
    "bert.encoder.layer.0.intermediate.dense.weight",
    "bert.encoder.layer.0.output.dense.bias",
    "model.layers.0.block_sparse_moe.experts.0.w1.weight",
  ],
  norms: [
    "model.norm.weight",
    "model.layers.0.input_layernorm.weight",
    "model.layers.0.post_attention_layernorm.weight",
    "model.layers.0.self_attn.q_norm.weight",
    "transformer.h.0.ln_1.weight",
    "transformer.ln_f.bias",
    "bert.embeddings.LayerNorm.weight",
    "bert.encoder.layer.0.attention.output.LayerNorm.bias",
  ],
  head: [
    "score.weight",
    "classifier.dense.weight",
    "v_head.summary.weight",
    "score_head.weight",
    "normalizer.mean",
    "bert.pooler.dense.bias",
  ],
  other: ["model.something.weight"],
};

for (const [part, own] of Object.entries(names)) {
  for (const name of own) {
    Deno.test(`${name} counts as ${part}`, () => assert.equal(partOf(name), part));
  }
}

function tensor(name: string, shape: number[], dtype: ListedDtype = "bfloat16"): ListedTensor {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return {
    name,
    shape,
    dtype,
    file: "/m",
    offset: 0,
    length: count * (dtype === "float32" ? 4 : 2),
  };
}

Deno.test("parts and element types each add up to the whole", () => {
  const inventory = inventoryOf([
    tensor("score.weight", [1, 4], "float32"),
    tensor("model.norm.weight", [4]),
    tensor("model.embed_tokens.weight", [10, 4]),
    tensor("model.layers.0.self_attn.q_proj.weight", [4, 4]),
    tensor("model.layers.0.self_attn.k_proj.weight", [2, 4]),
  ]);
  assert.deepEqual(inventory, {
    tensors: 5,
    parameters: 72,
    bytes: 152,
    parts: [
      { part: "embeddings", tensors: 1, parameters: 40, bytes: 80 },
      { part: "attention", tensors: 2, parameters: 24, bytes: 48 },
      { part: "norms", tensors: 1, parameters: 4, bytes: 8 },
      { part: "head", tensors: 1, parameters: 4, bytes: 16 },
    ],
    dtypes: [
      { dtype: "bfloat16", tensors: 4, parameters: 68, bytes: 136 },
      { dtype: "float32", tensors: 1, parameters: 4, bytes: 16 },
    ],
  });
});
