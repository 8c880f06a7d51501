/**
 * BERT (arXiv 1810.04805), as `BertForSequenceClassification`: learned positions and token types, every
 * token sees every other, LayerNorm behind each part, and a head of two layers on `[CLS]`.
 *
 * @module
 */

import { z } from "zod";
import { activationNames } from "../layers/activation.ts";
import type { AttentionSpec } from "../layers/attention.ts";
import { embedding } from "../layers/embedding.ts";
import { linear } from "../layers/linear.ts";
import type { Parameters } from "../layers/parameters.ts";
import { add, tanh } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { Architecture } from "./architecture.ts";
import { classifierFields, labelNames } from "./configuration.ts";
import { encoderBlock, type EncoderLayer, encoderNorm } from "./encoder_block.ts";
import { encoderClassifier } from "./encoder_classifier.ts";
import type { Layout, TokenInputs, Trunk } from "./trunk.ts";

const configuration = z.object({
  ...classifierFields,
  vocab_size: z.number().int().positive(),
  hidden_size: z.number().int().positive(),
  num_hidden_layers: z.number().int().positive(),
  num_attention_heads: z.number().int().positive(),
  intermediate_size: z.number().int().positive(),
  hidden_act: z.enum(activationNames).default("gelu"),
  max_position_embeddings: z.number().int().positive().default(512),
  type_vocab_size: z.number().int().positive().default(2),
  layer_norm_eps: z.number().positive().default(1e-12),
  // Present transformers reads only this kind of positions, and would compute others wrongly.
  position_embedding_type: z.literal("absolute").default("absolute"),
  is_decoder: z.literal(false).default(false),
  add_cross_attention: z.literal(false).default(false),
}).refine(({ hidden_size, num_attention_heads }) => hidden_size % num_attention_heads === 0, {
  path: ["num_attention_heads"],
  message: "the heads do not divide hidden_size",
});

/** A BERT's config.json, as far as the graph depends on it. */
type BertConfig = z.infer<typeof configuration>;

/** A BERT that scores, from its config.json. */
export function bertForSequenceClassification(json: unknown): Architecture {
  const config = configuration.parse(json);
  const labels = labelNames(config);
  const { hidden_size: hidden } = config;
  return encoderClassifier("BertForSequenceClassification", trunkOf(config), {
    labels,
    head(states, at) {
      const pooler = at.at("bert").at("pooler").at("dense");
      const pooled = linear(states, pooler, { inputs: hidden, outputs: hidden, bias: true });
      const shape = { inputs: hidden, outputs: labels.length, bias: true };
      return linear(tanh(pooled), at.at("classifier"), shape); // [rows, labels]
    },
  });
}

/** From tokens to hidden states, under the names that BERT's checkpoints give it. */
function trunkOf(config: BertConfig): Trunk {
  const spec = specOf(config);
  return {
    family: "bert",
    prefix: "bert",
    embeddings: "embeddings.word_embeddings",
    sharesUpTo: 0, // what comes later changes the states before it
    dimensions: {
      hidden: config.hidden_size,
      layers: config.num_hidden_layers,
      heads: spec.heads,
      vocabulary: config.vocab_size,
      types: config.type_vocab_size,
      context: config.max_position_embeddings,
    },
    attention: () => spec,
    derived: [{ pattern: /^bert\.embeddings\.position_ids$/, reason: "the numbers from 0 on" }],
    hidden(tokens, at, layout) {
      let x = embeddings(tokens, at.at("embeddings"), { config, ...layout }); // [tokens, hidden]
      for (let layer = 0; layer < config.num_hidden_layers; layer++) {
        const parts = {
          at: at.at("encoder").at("layer").at(layer),
          frame: layout.frame(layer),
          config,
        };
        x = encoderBlock(x, attention(x, parts, config), parts);
      }
      return x;
    },
  };
}

/** `norm(word + type + position)` (figure 2 of the paper). A text alone is of type 0 throughout. */
function embeddings(
  { ids, types, positions }: TokenInputs,
  at: Parameters,
  { config, embedded }: Pick<Layout, "embedded"> & { readonly config: BertConfig },
): Value {
  if (types === undefined) throw new TypeError("Cannot embed tokens as their types are not known");
  const rows = (index: Value, name: string, count: number) =>
    embedding(index, at.at(`${name}_embeddings`), { count, width: config.hidden_size });
  const words = rows(ids, "word", config.vocab_size);
  embedded?.(words);
  const typed = add(words, rows(types(), "token_type", config.type_vocab_size));
  return encoderNorm(
    add(typed, rows(positions, "position", config.max_position_embeddings)),
    at,
    config,
  );
}

/** What each row mixes of all tokens, `[rows, hidden]`. */
function attention(x: Value, { at, frame }: EncoderLayer, config: BertConfig): Value {
  const shape = { inputs: config.hidden_size, outputs: config.hidden_size, bias: true };
  const own = at.at("attention").at("self");
  return frame.attend({
    queries: linear(frame.select(x), own.at("query"), shape),
    keys: linear(x, own.at("key"), shape),
    values: linear(x, own.at("value"), shape),
  }, specOf(config));
}

function specOf({ num_attention_heads: heads, hidden_size: hidden }: BertConfig): AttentionSpec {
  const width = hidden / heads;
  return { heads, kvHeads: heads, width, scale: 1 / Math.sqrt(width) };
}
