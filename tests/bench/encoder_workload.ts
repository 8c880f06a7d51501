/**
 * Workload (d) of the scoring bench: an encoder of the shape of BERT-base, and samples that share nothing.
 *
 * @module
 */

import { join } from "node:path";
import { type TestTensor, writeCheckpoint } from "../support/checkpoint.ts";
import { seeded } from "./seeded.ts";
import type { Workload } from "./workload.ts";

/** config.json of an encoder of 85 million weights in its blocks, with a small vocabulary. */
export const encoderConfig = {
  architectures: ["BertForSequenceClassification"],
  model_type: "bert",
  vocab_size: 4096,
  hidden_size: 768,
  intermediate_size: 3072,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  max_position_embeddings: 512,
  type_vocab_size: 2,
  layer_norm_eps: 1e-12,
  hidden_act: "gelu",
  id2label: { "0": "reward" },
  pad_token_id: 0,
  torch_dtype: "float32",
};

/** Workload (d): 64 samples of 16 to 256 tokens. */
export function encoderTexts(): Workload {
  const random = seeded(256);
  const sequences = Array.from({ length: 64 }, () => {
    const length = 16 + Math.floor(random() * 241);
    return Int32Array.from(
      { length },
      () => 3 + Math.floor(random() * (encoderConfig.vocab_size - 3)),
    );
  });
  return { name: "(d) BERT-base, 64 x 16..256", sequences };
}

/** Writes config.json and random weights. */
export async function writeEncoder(directory: string): Promise<void> {
  const { hidden_size: hidden, intermediate_size: inner, num_hidden_layers: layers } =
    encoderConfig;
  const { normal, norm, linear } = parts(hidden);
  const block = (layer: number) => {
    const at = `bert.encoder.layer.${layer}`;
    return [
      ...["attention.self.query", "attention.self.key", "attention.self.value"]
        .flatMap((part) => linear(`${at}.${part}`, [hidden, hidden])),
      ...linear(`${at}.attention.output.dense`, [hidden, hidden]),
      ...norm(`${at}.attention.output.LayerNorm`),
      ...linear(`${at}.intermediate.dense`, [inner, hidden]),
      ...linear(`${at}.output.dense`, [hidden, inner]),
      ...norm(`${at}.output.LayerNorm`),
    ];
  };
  const { vocab_size: words, max_position_embeddings: positions } = encoderConfig;
  await writeCheckpoint(directory, [
    normal("bert.embeddings.word_embeddings.weight", [words, hidden]),
    normal("bert.embeddings.position_embeddings.weight", [positions, hidden]),
    normal("bert.embeddings.token_type_embeddings.weight", [2, hidden]),
    ...norm("bert.embeddings.LayerNorm"),
    ...Array.from({ length: layers }, (_, layer) => block(layer)).flat(),
    ...linear("bert.pooler.dense", [hidden, hidden]),
    ...linear("classifier", [1, hidden]),
  ]);
  await Deno.writeTextFile(join(directory, "config.json"), JSON.stringify(encoderConfig));
}

/** Makers of the tensors of a part, all from one stream of random numbers. */
function parts(hidden: number) {
  const random = seeded(11);
  const normal = (name: string, shape: number[]): TestTensor => {
    const data = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
    for (let i = 0; i < data.length; i++) data[i] = (random() + random() - 1) * 0.05;
    return { name, shape, data };
  };
  const filled = (name: string, number: number): TestTensor => {
    return { name, shape: [hidden], data: new Float32Array(hidden).fill(number) };
  };
  return {
    normal,
    norm: (at: string) => [filled(`${at}.weight`, 1), filled(`${at}.bias`, 0)],
    linear: (at: string, shape: [number, number]) => [
      normal(`${at}.weight`, shape),
      normal(`${at}.bias`, [shape[0]]),
    ],
  };
}
