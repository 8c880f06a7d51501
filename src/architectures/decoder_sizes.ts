/**
 * Sizes of decoders whose config.json may be silent about them, since the family's own configuration has
 * defaults, and what some families want of them.
 *
 * @module
 */

import { z } from "zod";
import type { DecoderConfig } from "./decoder_configuration.ts";

const size = z.number().int().positive();

/** What a family's own configuration has where the file is silent. */
export interface DecoderSizes {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly max_position_embeddings: number;
}

/** The fields of the sizes, to be put over those of `decoderFields`. */
export function decoderSizes(defaults: DecoderSizes) {
  return {
    vocab_size: size.default(defaults.vocab_size),
    hidden_size: size.default(defaults.hidden_size),
    intermediate_size: size.default(defaults.intermediate_size),
    num_hidden_layers: size.default(defaults.num_hidden_layers),
    num_attention_heads: size.default(defaults.num_attention_heads),
    max_position_embeddings: size.default(defaults.max_position_embeddings),
  };
}

/** Refuses a width that the heads do not divide, as some families do even where `head_dim` is given. */
export function expectWholeHeads(config: DecoderConfig, context: z.RefinementCtx): void {
  const { hidden_size: hidden, num_attention_heads: heads } = config;
  if (hidden % heads === 0 || typeof config.head_dim !== "number") return; // expectHeads says it
  const message = `${heads} heads do not divide "hidden_size" ${hidden}`;
  context.addIssue({ code: "custom", path: ["num_attention_heads"], message });
}
