/**
 * A Llama of a few hundred numbers as a Hugging Face directory, with a tokenizer of single words.
 *
 * @module
 */

import { join } from "node:path";
import { temporaryDirectory, type TestTensor, writeCheckpoint } from "../support/checkpoint.ts";

/** Words of the tiny tokenizer; a word's place is its id. */
export const tinyWords = ["[UNK]", "the", "film", "was", "good", "bad"];

/** A config.json of a Llama with two layers and one label, `overrides` put over it. */
export function tinyConfig(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    architectures: ["LlamaForSequenceClassification"],
    model_type: "llama",
    vocab_size: tinyWords.length,
    hidden_size: 8,
    intermediate_size: 12,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    max_position_embeddings: 32,
    id2label: { "0": "LABEL_0" },
    ...overrides,
  };
}

/** The tensors that belong to {@linkcode tinyConfig}, with small numbers that repeat exactly. */
export function tinyTensors(labels = 1): TestTensor[] {
  const layers = [0, 1].flatMap((layer): [string, number[]][] => [
    [`model.layers.${layer}.input_layernorm.weight`, [8]],
    [`model.layers.${layer}.self_attn.q_proj.weight`, [8, 8]],
    [`model.layers.${layer}.self_attn.k_proj.weight`, [4, 8]],
    [`model.layers.${layer}.self_attn.v_proj.weight`, [4, 8]],
    [`model.layers.${layer}.self_attn.o_proj.weight`, [8, 8]],
    [`model.layers.${layer}.post_attention_layernorm.weight`, [8]],
    [`model.layers.${layer}.mlp.gate_proj.weight`, [12, 8]],
    [`model.layers.${layer}.mlp.up_proj.weight`, [12, 8]],
    [`model.layers.${layer}.mlp.down_proj.weight`, [8, 12]],
  ]);
  const shapes: [string, number[]][] = [
    ["model.embed_tokens.weight", [tinyWords.length, 8]],
    ...layers,
    ["model.norm.weight", [8]],
    ["score.weight", [labels, 8]],
  ];
  return shapes.map(([name, shape], seed) => ({ name, shape, data: numbers(shape, seed) }));
}

/** The same in float16. */
export function halfTensors(): TestTensor[] {
  return tinyTensors().map((tensor) => ({ ...tensor, dtype: "float16" }));
}

/** Writes the directory; it goes away at the end of the block. */
export async function tinyModel(
  { config = tinyConfig(), tensors = tinyTensors() }: {
    config?: Record<string, unknown>;
    tensors?: readonly TestTensor[];
  } = {},
): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await temporaryDirectory();
  const write = (name: string, value: unknown) =>
    Deno.writeTextFile(join(directory.path, name), JSON.stringify(value));
  await write("config.json", config);
  await write("tokenizer.json", {
    version: "1.0",
    pre_tokenizer: { type: "WhitespaceSplit" },
    model: {
      type: "WordLevel",
      vocab: Object.fromEntries(tinyWords.map((word, id) => [word, id])),
      unk_token: tinyWords[0],
    },
  });
  await writeCheckpoint(directory.path, tensors);
  return directory;
}

/** Between -0.5 and 0.5, and no two tensors alike. */
function numbers(shape: readonly number[], seed: number): Float32Array {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return Float32Array.from({ length: count }, (_, i) => Math.sin(1 + 7 * i + 31 * seed) / 2);
}
