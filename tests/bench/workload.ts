/**
 * The workloads of the scoring bench: a Llama of 85 million weights in its blocks with batches of prompts that have
 * several completions each, or share nothing; `encoder_workload.ts` has the encoder's.
 *
 * @module
 */

import { join } from "node:path";
import type { TestTensor } from "../support/checkpoint.ts";
import { writeCheckpoint } from "../support/checkpoint.ts";
import { seeded } from "./seeded.ts";

/** Sequences of token ids, completions of one prompt side by side. */
export interface Workload {
  readonly name: string;
  readonly sequences: readonly Int32Array[];
}

/** config.json of the model that is timed: 85 million weights in its blocks. */
export const benchConfig = {
  architectures: ["LlamaForSequenceClassification"],
  model_type: "llama",
  vocab_size: 4096,
  hidden_size: 768,
  intermediate_size: 2048,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  num_key_value_heads: 12,
  max_position_embeddings: 2048,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  hidden_act: "silu",
  id2label: { "0": "reward" },
  pad_token_id: 0,
  torch_dtype: "float32",
};

/** Workload (a): 4 prompts of 128 tokens x 8 completions of 16 to 127 tokens. */
export function shortTexts(): Workload {
  return workload("(a) 4 x 128 + 8 x 16..127", {
    prompts: 4,
    length: 128,
    completions: 8,
    least: 16,
    most: 127,
  });
}

/** Workload (b): 2 prompts of 512 tokens x 16 completions of 64 to 191 tokens. */
export function longPrompts(): Workload {
  return workload("(b) 2 x 512 + 16 x 64..191", {
    prompts: 2,
    length: 512,
    completions: 16,
    least: 64,
    most: 191,
  });
}

/** Workload (c): 64 samples of 32 to 384 tokens that share nothing. */
export function singleTexts(): Workload {
  return workload("(c) 64 x 32..384", {
    prompts: 64,
    length: 0,
    completions: 1,
    least: 32,
    most: 384,
  });
}

interface Extents {
  readonly prompts: number;
  readonly length: number;
  readonly completions: number;
  readonly least: number;
  readonly most: number;
}

function workload(name: string, extents: Extents): Workload {
  const random = seeded(extents.length);
  const tokens = (count: number) =>
    Array.from({ length: count }, () => 3 + Math.floor(random() * (benchConfig.vocab_size - 3)));
  const sequences = Array.from({ length: extents.prompts }, () => tokens(extents.length))
    .flatMap((prompt) =>
      Array.from({ length: extents.completions }, () => {
        const length = extents.least + Math.floor(random() * (extents.most - extents.least + 1));
        return Int32Array.from([...prompt, ...tokens(length)]);
      })
    );
  return { name, sequences };
}

/** config.json of a wider and shallower model with room for long texts. */
export const longConfig: typeof benchConfig = {
  ...benchConfig,
  vocab_size: 512,
  hidden_size: 1024,
  intermediate_size: 2816,
  num_hidden_layers: 4,
  num_attention_heads: 16,
  num_key_value_heads: 16,
  max_position_embeddings: 8192,
};

/** Writes config.json and random weights. */
export async function writeBenchModel(
  directory: string,
  config: typeof benchConfig,
): Promise<void> {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  const random = seeded(7);
  const tensor = (name: string, shape: number[], spread = 0.02): TestTensor => {
    const data = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
    for (let i = 0; i < data.length; i++) data[i] = (random() + random() - 1) * spread * 2.4;
    return { name, shape, data };
  };
  const ones = (name: string): TestTensor => ({
    name,
    shape: [hidden],
    data: new Float32Array(hidden).fill(1),
  });
  const block = (layer: number) => {
    const at = `model.layers.${layer}`;
    return [
      ones(`${at}.input_layernorm.weight`),
      ones(`${at}.post_attention_layernorm.weight`),
      ...["q", "k", "v", "o"].map((part) =>
        tensor(`${at}.self_attn.${part}_proj.weight`, [hidden, hidden])
      ),
      tensor(`${at}.mlp.gate_proj.weight`, [inner, hidden]),
      tensor(`${at}.mlp.up_proj.weight`, [inner, hidden]),
      tensor(`${at}.mlp.down_proj.weight`, [hidden, inner]),
    ];
  };
  await writeCheckpoint(directory, [
    tensor("model.embed_tokens.weight", [config.vocab_size, hidden]),
    ...Array.from({ length: config.num_hidden_layers }, (_, layer) => block(layer)).flat(),
    ones("model.norm.weight"),
    tensor("score.weight", [1, hidden]),
  ]);
  await Deno.writeTextFile(join(directory, "config.json"), JSON.stringify(config));
}
