/**
 * Encoder: a stack of blocks after BERT's fashion, of which many families are made. What they do alike
 * stands here: the sum of embeddings, the walk over the layers. What a family decides are values and, where
 * it adds to a score or to a layer, functions of its own.
 *
 * @module
 */

import type { AttentionSpec, PairBias } from "../layers/attention.ts";
import { embedding } from "../layers/embedding.ts";
import type { Frame } from "../layers/frames/frame.ts";
import type { Parameters } from "../layers/parameters.ts";
import { add } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import { bertBlock, type BlockNames, encoderBlock, encoderNorm } from "./encoder_block.ts";
import type { EncoderConfig } from "./encoder_configuration.ts";
import type { Layout, TokenInputs, Trunk } from "./trunk.ts";

/** What a family decides. */
export interface EncoderFamily {
  /** As `model_type` names it, e.g. `bert`. */
  readonly name: string;
  /** As {@linkcode Trunk.prefix}. */
  readonly prefix: string;
  readonly config: EncoderConfig;
  /** How every layer attends. */
  readonly spec: AttentionSpec;
  /** What a layer's parts are called. @default as BERT calls them */
  readonly names?: BlockNames;
  /** Where layer `index` stands within the trunk. @default `encoder.layer.<index>` */
  layerAt?(index: number): string;
  /** The most tokens of a sequence. @default the rows of the table of positions */
  readonly context?: number;
  /** As {@linkcode Trunk.derived}, beside what no family needs. */
  readonly derived?: Trunk["derived"];
  /** The states before the first layer, `[tokens, hidden]`, of the trunk's weights. */
  embed(tokens: TokenInputs, at: Parameters, layout: Layout): Value;
  /** The bias of each layer's scores, of the encoder's weights and then of the layer's. */
  bias?(encoder: Parameters): (layer: Parameters) => PairBias | undefined;
  /** What becomes of a layer's output `y`. @default y */
  beside?(y: Value, around: Beside): Value;
}

/** Where a layer's output comes from. */
export interface Beside {
  readonly index: number;
  /** What went into the layer, `[tokens, hidden]`. */
  readonly x: Value;
  readonly encoder: Parameters;
  readonly frame: Frame;
  readonly tokens: TokenInputs;
}

/** The trunk of a family, from its embeddings to its last block. */
export function encoder(family: EncoderFamily): Trunk {
  const { name, prefix, config, spec, derived = [] } = family;
  return {
    family: name,
    prefix,
    embeddings: "embeddings.word_embeddings",
    sharesUpTo: 0, // what comes later changes the states before it
    dimensions: {
      hidden: config.hidden_size,
      layers: config.num_hidden_layers,
      heads: spec.heads,
      vocabulary: config.vocab_size,
      context: family.context ?? config.max_position_embeddings,
      ...(config.type_vocab_size > 0 ? { types: config.type_vocab_size } : {}),
    },
    attention: () => spec,
    derived,
    hidden: (tokens, at, layout) => hiddenStates(tokens, at, { ...family, ...layout }),
  };
}

/** Embeddings and blocks: `[rows, hidden]`. */
function hiddenStates(
  tokens: TokenInputs,
  at: Parameters,
  family: EncoderFamily & Layout,
): Value {
  const { config, names = bertBlock, beside = (y) => y } = family;
  const layerAt = family.layerAt ?? ((index) => `encoder.layer.${index}`);
  const encoder = at.at("encoder");
  const biasOf = family.bias?.(encoder);
  let x = family.embed(tokens, at, family); // [tokens, hidden]
  for (let index = 0; index < config.num_hidden_layers; index++) {
    const [layer, frame] = [at.at(layerAt(index)), family.frame(index)];
    const bias = biasOf?.(layer);
    const spec = bias === undefined ? family.spec : { ...family.spec, bias };
    const y = encoderBlock(x, { at: layer, frame, config, names, spec });
    x = beside(y, { index, x, encoder, frame, tokens });
  }
  return x;
}

/** Which tables of embeddings there are beside that of words. */
export interface EmbeddingTables {
  readonly config: EncoderConfig;
  /** Columns of all tables. @default the hidden size */
  readonly width?: number;
  /** The row of each token in the table of positions, `int32[tokens]`. @default there is none */
  readonly positions?: Value | undefined;
  readonly embedded?: Layout["embedded"];
}

/** `norm(word + position + type)`, `[tokens, hidden]`. */
export function normedEmbeddings(
  tokens: TokenInputs,
  at: Parameters,
  tables: EmbeddingTables,
): Value {
  return encoderNorm(embeddingSum(tokens, at, tables), at.at("LayerNorm"), tables.config);
}

/** `word + position + type` (arXiv 1810.04805, figure 2), `[tokens, width]`. A text alone is of type 0. */
export function embeddingSum(
  { ids, types }: TokenInputs,
  at: Parameters,
  tables: EmbeddingTables,
): Value {
  const { config, width = config.hidden_size, positions, embedded } = tables;
  const rows = (index: Value, name: string, count: number) =>
    embedding(index, at.at(`${name}_embeddings`), { count, width });
  const words = rows(ids, "word", config.vocab_size);
  let x = embedded?.(words) ?? words;
  if (positions) x = add(x, rows(positions, "position", config.max_position_embeddings));
  // Tokenizers give types also to models that have no table of them.
  if (config.type_vocab_size === 0) return x;
  if (types === undefined) throw new TypeError("Cannot embed tokens as their types are not known");
  return add(x, rows(types(), "token_type", config.type_vocab_size));
}
