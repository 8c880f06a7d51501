/**
 * Sparse Llamas: directories of full size whose weights are zeros that take no space on the disk, as the files
 * are written with holes.
 *
 * @module
 */

import { join } from "node:path";
import { safetensorsHeader } from "../../src/weights/write.ts";

/** The sizes of Llama 3.1 8B and Llama 3.2 1B. */
const sizes = {
  "8b": { hidden: 4096, inner: 14_336, layers: 32, heads: 32, groups: 8, shards: 4 },
  "1b": { hidden: 2048, inner: 8192, layers: 16, heads: 32, groups: 8, shards: 2 },
} as const;
const VOCABULARY = 128_256;

type Size = typeof sizes[keyof typeof sizes];

/** Writes config.json and shards of zeros in bfloat16. */
export async function writeSparseLlama(directory: string, name: keyof typeof sizes): Promise<void> {
  const size = sizes[name];
  const tensors = tensorsOf(size);
  const perShard = Math.ceil(tensors.length / size.shards);
  const files: Record<string, string> = {};
  for (let shard = 0; shard < size.shards; shard++) {
    const own = tensors.slice(shard * perShard, (shard + 1) * perShard);
    const file = `model-0000${shard + 1}-of-0000${size.shards}.safetensors`;
    await writeHoles(join(directory, file), own);
    for (const { name } of own) files[name] = file;
  }
  const index = { metadata: {}, weight_map: files };
  await writeJson(directory, "model.safetensors.index.json", index);
  await writeJson(directory, "config.json", configOf(size));
}

function tensorsOf({ hidden, inner, layers, heads, groups }: Size) {
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
    { name: "model.embed_tokens.weight", shape: [VOCABULARY, hidden] },
    ...blocks.flat(),
    { name: "model.norm.weight", shape: [hidden] },
    { name: "score.weight", shape: [1, hidden] },
  ].map((each) => ({ ...each, dtype: "bfloat16" as const }));
}

function configOf({ hidden, inner, layers, heads, groups }: Size) {
  return {
    architectures: ["LlamaForSequenceClassification"],
    model_type: "llama",
    hidden_size: hidden,
    intermediate_size: inner,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: groups,
    vocab_size: VOCABULARY,
    max_position_embeddings: 131_072,
    rms_norm_eps: 1e-5,
    rope_theta: 500_000,
    id2label: { 0: "LABEL_0" },
    pad_token_id: 0,
  };
}

/** A header, and behind it a hole as large as the tensors. */
async function writeHoles(path: string, tensors: ReturnType<typeof tensorsOf>): Promise<void> {
  const header = safetensorsHeader(tensors, { format: "pt" });
  const count = tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
  using file = await Deno.open(path, { write: true, createNew: true });
  await file.write(header);
  await file.truncate(header.length + 2 * count);
}

async function writeJson(directory: string, name: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(join(directory, name), JSON.stringify(value));
}
