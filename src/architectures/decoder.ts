/**
 * Decoder: a stack of blocks after Llama's fashion, of which many families are made. What they do alike
 * stands here: looking tokens up, one table of angles, the walk over the layers. What a family decides
 * are values: how each layer attends, the norm, and its block (`decoder_block.ts`).
 *
 * @module
 */

import type { AttentionSpec } from "../layers/attention.ts";
import { embedding } from "../layers/embedding.ts";
import type { Parameters } from "../layers/parameters.ts";
import { rotaryTables } from "../layers/rotary.ts";
import { type Rotary, sharingLimit } from "../layers/rotary_frequencies.ts";
import { mul } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { Block, Norm } from "./decoder_block.ts";
import type { DecoderConfig } from "./decoder_configuration.ts";
import { rotaryOf } from "./rotary_configuration.ts";
import type { RotaryConfig } from "./rotary_settings.ts";
import type { Layout, TokenInputs, Trunk } from "./trunk.ts";

/** What the checkpoints of a family call the parts of a decoder: the trunk, and within it the others. */
export interface DecoderNames {
  readonly prefix: string;
  readonly embeddings: string;
  readonly layers: string;
  readonly norm: string;
}

const llamaNames: DecoderNames = {
  prefix: "model",
  embeddings: "embed_tokens",
  layers: "layers",
  norm: "norm",
};

/** What a family decides. */
export interface DecoderFamily {
  /** As `model_type` names it, e.g. `llama`. */
  readonly name: string;
  readonly config: DecoderSizes & RotaryConfig;
  /** @default as Llama's checkpoints have them */
  readonly names?: DecoderNames;
  /** How layer `index` attends. */
  attention(index: number): AttentionSpec;
  readonly block: Block;
  /** The norm behind the last block. */
  readonly norm: Norm;
  /** What embeddings are multiplied with. @default 1 */
  readonly embeddingScale?: number;
  /** The angles of layer `index`, one object for all layers that share them. @default as config.json has it */
  rotary?(index: number): Rotary;
  /** As {@linkcode Trunk.derived}. @default there are none */
  readonly derived?: Trunk["derived"];
}

type DecoderSizes = Pick<
  DecoderConfig,
  "hidden_size" | "num_hidden_layers" | "num_attention_heads" | "vocab_size"
>;

/** The trunk of a family, from its embeddings to the norm behind its last block. */
export function decoder(family: DecoderFamily): Trunk {
  const { name, config, names = llamaNames, attention, derived = [] } = family;
  const rotary = anglesOf(family);
  return {
    family: name,
    prefix: names.prefix,
    embeddings: names.embeddings,
    sharesUpTo: Math.min(...rotary.map(sharingLimit)),
    dimensions: {
      hidden: config.hidden_size,
      layers: config.num_hidden_layers,
      heads: config.num_attention_heads,
      vocabulary: config.vocab_size,
      context: Math.min(...rotary.map(({ context }) => context)),
    },
    attention,
    derived,
    hidden: (tokens, at, layout) =>
      hiddenStates(tokens, at, { ...family, names, rotary, ...layout }),
  };
}

/** Of every layer. */
function anglesOf({ config, attention, rotary }: DecoderFamily): readonly Rotary[] {
  const layers = Array.from({ length: config.num_hidden_layers }, (_, index) => index);
  if (rotary !== undefined) return layers.map((index) => rotary(index));
  const shared = rotaryOf(config, { width: attention(0).width });
  return layers.map(() => shared);
}

interface Stack extends Omit<DecoderFamily, "rotary">, Layout {
  readonly names: DecoderNames;
  /** Of every layer. */
  readonly rotary: readonly Rotary[];
}

/** Embeddings, blocks and the final norm: `[rows, hidden]`. */
function hiddenStates(tokens: TokenInputs, at: Parameters, stack: Stack): Value {
  const { config, names, embeddingScale } = stack;
  const { hidden_size: width, vocab_size: count, num_hidden_layers: layers } = config;
  // Angles belong to tokens, so blocks, and both of queries and keys, look them up in one table.
  const tables = new Map(
    [...new Set(stack.rotary)].map((each) => [each, rotaryTables(tokens, each)]),
  );
  const words = embedding(tokens.ids, at.at(names.embeddings), { count, width }); // [tokens, hidden]
  let x = stack.embedded?.(words) ?? words;
  if (embeddingScale !== undefined) x = mul(x, embeddingScale);
  for (let index = 0; index < layers; index++) {
    x = stack.block(x, {
      at: at.at(names.layers).at(index),
      frame: stack.frame(index),
      spec: stack.attention(index),
      tables: tables.get(stack.rotary[index]!)!,
    });
  }
  return stack.norm(x, at.at(names.norm));
}
