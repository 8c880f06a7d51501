/**
 * Llamas of full size: with weights of zeros that take no space on the disk, as the files are written with holes, or
 * with other numbers.
 *
 * @module
 */

import { join } from "node:path";
import { type HeaderEntry, safetensorsHeader } from "../../src/weights/write.ts";

/** The sizes of Llama 3.1 8B and Llama 3.2 1B, and one that a test computes in a moment. */
export const llamaSizes = {
  "8b": {
    hidden: 4096,
    inner: 14_336,
    layers: 32,
    heads: 32,
    groups: 8,
    vocabulary: 128_256,
    shards: 4,
  },
  "1b": {
    hidden: 2048,
    inner: 8192,
    layers: 16,
    heads: 32,
    groups: 8,
    vocabulary: 128_256,
    shards: 2,
  },
  tiny: { hidden: 32, inner: 64, layers: 3, heads: 4, groups: 2, vocabulary: 4096, shards: 1 },
} as const;

/** The name of a size. */
export type LlamaSize = keyof typeof llamaSizes;

type Size = typeof llamaSizes[LlamaSize];
/** Writes the numbers of tensors, one behind the other, in bfloat16. */
export type WriteNumbers = (file: Deno.FsFile, tensors: readonly HeaderEntry[]) => Promise<void>;

/** Writes config.json and shards of zeros in bfloat16. */
export function writeSparseLlama(directory: string, name: LlamaSize): Promise<void> {
  return writeLlama(directory, name, async (file, tensors) => {
    const count = tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
    await file.truncate((await file.stat()).size + 2 * count);
  });
}

/** Writes config.json and shards in bfloat16 of the numbers that `write` gives them. */
export async function writeLlama(
  directory: string,
  name: LlamaSize,
  write: WriteNumbers,
): Promise<void> {
  const size = llamaSizes[name];
  const tensors = tensorsOf(size);
  const perShard = Math.ceil(tensors.length / size.shards);
  const files: Record<string, string> = {};
  for (let shard = 0; shard < size.shards; shard++) {
    const own = tensors.slice(shard * perShard, (shard + 1) * perShard);
    const file = `model-0000${shard + 1}-of-0000${size.shards}.safetensors`;
    await writeShard(join(directory, file), own, write);
    for (const { name } of own) files[name] = file;
  }
  const index = { metadata: {}, weight_map: files };
  await writeJson(directory, "model.safetensors.index.json", index);
  await writeJson(directory, "config.json", configOf(size));
}

function tensorsOf({ hidden, inner, layers, heads, groups, vocabulary }: Size) {
  const keys = hidden / heads * groups;
  const blocks = Array.from({ length: layers }, (_, layer) =>
    Object.entries({
      "self_attn.q_proj": [hidden, hidden],
      "self_attn.k_proj": [keys, hidden],
      "self_attn.v_proj": [keys, hidden],
      "self_attn.o_proj": [hidden, hidden],
      "mlp.gate_proj": [inner, hidden],
      "mlp.up_proj": [inner, hidden],
      "mlp.down_proj": [hidden, inner],
      input_layernorm: [hidden],
      post_attention_layernorm: [hidden],
    }).map(([part, shape]) => ({ name: `model.layers.${layer}.${part}.weight`, shape })));
  return [
    { name: "model.embed_tokens.weight", shape: [vocabulary, hidden] },
    ...blocks.flat(),
    { name: "model.norm.weight", shape: [hidden] },
    { name: "score.weight", shape: [1, hidden] },
  ].map((each) => ({ ...each, dtype: "bfloat16" as const }));
}

function configOf({ hidden, inner, layers, heads, groups, vocabulary }: Size) {
  return {
    architectures: ["LlamaForSequenceClassification"],
    model_type: "llama",
    hidden_size: hidden,
    intermediate_size: inner,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: groups,
    vocab_size: vocabulary,
    max_position_embeddings: 131_072,
    rms_norm_eps: 1e-5,
    rope_theta: 500_000,
    id2label: { 0: "LABEL_0" },
    pad_token_id: 0,
  };
}

/** A header, and behind it the numbers. */
async function writeShard(
  path: string,
  tensors: readonly HeaderEntry[],
  write: WriteNumbers,
): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  await file.write(safetensorsHeader(tensors, { format: "pt" }));
  await write(file, tensors);
}

async function writeJson(directory: string, name: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(join(directory, name), JSON.stringify(value));
}
