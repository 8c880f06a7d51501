/**
 * InternLM2 (arXiv 2403.17297) as `InternLM2ForRewardModel`, of which internlm2-reward and POLAR are: a
 * Llama under other names, whose queries, keys and values are fused by key, and whose score is read at a
 * token that only stands for it. The published checkpoints bring code of their own, which is what counts
 * here, since transformers has no such class.
 *
 * @module
 */

import { z } from "zod";
import { activationNames } from "../layers/activation.ts";
import type { Rotary } from "../layers/rotary_frequencies.ts";
import type { Architecture } from "./architecture.ts";
import { badConfiguration } from "./configuration.ts";
import { decoder } from "./decoder.ts";
import { preNormBlock, rmsNormOf } from "./decoder_block.ts";
import { decoderFields, expectHeads, headsOf } from "./decoder_configuration.ts";
import { decoderSizes } from "./decoder_sizes.ts";
import { gatedMlp } from "./gated_mlp.ts";
import { layeredHead } from "./heads/layered.ts";
import { rotaryAttention } from "./rotary_attention.ts";
import { rotaryOf } from "./rotary_configuration.ts";
import type { Trunk } from "./trunk.ts";

const configuration = z.object({
  ...decoderFields,
  ...decoderSizes({
    vocab_size: 103_168,
    hidden_size: 4096,
    intermediate_size: 11_008,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    max_position_embeddings: 2048,
  }),
  hidden_act: z.enum(activationNames).default("silu"),
  bias: z.boolean().default(true),
  reward_token_id: z.number().int().nonnegative().default(92_527),
}).superRefine(expectHeads).refine(({ reward_token_id: id, vocab_size: count }) => id < count, {
  path: ["reward_token_id"],
  message: "the model has no embedding for it",
});

/** An InternLM2's config.json, as far as the graph depends on it. */
type InternLM2Config = z.infer<typeof configuration>;

/** An InternLM2 that scores, from its config.json; its head has one row, whatever the file says of labels. */
export function internLM2ForRewardModel(json: unknown): Architecture {
  const config = configuration.parse(json);
  const trunk = trunkOf(config);
  const { family, sharesUpTo, dimensions } = trunk;
  return {
    name: "InternLM2ForRewardModel",
    family,
    attention: "causal",
    pooling: { named: config.reward_token_id },
    rewardToken: config.reward_token_id,
    task: "sequence",
    input: "joined",
    sharesUpTo,
    dimensions: { ...dimensions, labels: 1 },
    trunk,
    head: layeredHead({
      inputs: config.hidden_size,
      labels: ["LABEL_0"],
      layers: [{ name: "v_head", outputs: 1, bias: false }],
    }),
  };
}

/** Llama's blocks under the names of InternLM2. */
function trunkOf(config: InternLM2Config): Trunk {
  const norm = rmsNormOf(config);
  const rotary = rotaryOfHeads(config);
  return decoder({
    name: "internlm2",
    config,
    norm,
    names: { prefix: "model", embeddings: "tok_embeddings", layers: "layers", norm: "norm" },
    attention: () => headsOf(config),
    rotary: () => rotary,
    block: preNormBlock({
      norm,
      names: { attention: "attention_norm", mlp: "ffn_norm" },
      attention: rotaryAttention(config, {
        bias: config.bias,
        fused: "wqkv",
        byKey: true,
        names: { part: "attention", back: "wo" },
      }),
      mlp: gatedMlp(config, {
        gate: config.hidden_act,
        bias: false,
        names: { part: "feed_forward", gate: "w1", up: "w3", down: "w2" },
      }),
    }),
  });
}

/** The published code knows no further kinds of angles. */
function rotaryOfHeads(config: InternLM2Config): Rotary {
  const rotary = rotaryOf(config, { width: headsOf(config).width });
  const { kind } = rotary.scaling;
  if (["default", "linear", "dynamic"].includes(kind)) return rotary;
  throw badConfiguration(
    `Cannot scale the rotary embeddings of an InternLM2 as it takes linear and dynamic alone: ` +
      `received "${kind}"`,
  );
}
