/**
 * What the config.json of decoders after Llama's fashion hold alike, and the attention that it says.
 *
 * @module
 */

import { z } from "zod";
import type { AttentionSpec } from "../layers/attention.ts";
import type { Window } from "../tree/window.ts";
import { classifierFields } from "./configuration.ts";
import { type LayerType, rotaryFields } from "./rotary_settings.ts";

const size = z.number().int().positive();

/** Fields that all of them have; a family gives those another default that its own configuration does. */
export const decoderFields = {
  ...classifierFields,
  ...rotaryFields,
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  rms_norm_eps: z.number().positive().default(1e-6),
  tie_word_embeddings: z.boolean().default(false),
};

/** `layer_types`: for each layer whether it sees all that is before it, or a window of that. */
export const layerTypes = z.array(z.enum(["full_attention", "sliding_attention"])).nullish();

const schema = z.object(decoderFields);

/** A decoder's config.json, as far as all of them have it. */
export type DecoderConfig = z.infer<typeof schema>;

/**
 * Refuses widths that cannot be cut into heads. They would surface as a misshaped tensor, far from their
 * cause.
 */
export function expectHeads(config: DecoderConfig, context: z.RefinementCtx): void {
  const { heads, kvHeads, width } = headsOf(config);
  const refuse = (field: string, message: string) =>
    context.addIssue({ code: "custom", path: [field], message });
  if (width % 2 !== 0) refuse("head_dim", `a head must have an even width: received ${width}`);
  if (heads % kvHeads !== 0) {
    refuse("num_key_value_heads", `${kvHeads} key and value heads do not divide ${heads} heads`);
  }
}

/** Refuses `layer_types` for another count of layers. */
export function expectLayerTypes(
  { layer_types, num_hidden_layers: layers }: {
    layer_types?: readonly LayerType[] | null | undefined;
    num_hidden_layers: number;
  },
  context: z.RefinementCtx,
): void {
  const count = layer_types?.length ?? layers;
  const message = `${layers} layers need as many types: received ${count}`;
  if (count !== layers) context.addIssue({ code: "custom", path: ["layer_types"], message });
}

/** Heads that see everything, and scores that are scaled by the root of a head's width (arXiv 1706.03762, equation 1). */
export function headsOf(
  config: Pick<
    DecoderConfig,
    "head_dim" | "hidden_size" | "num_attention_heads" | "num_key_value_heads"
  >,
): AttentionSpec {
  const heads = config.num_attention_heads;
  const width = config.head_dim ?? config.hidden_size / heads;
  return {
    heads,
    kvHeads: config.num_key_value_heads ?? heads,
    width,
    scale: 1 / Math.sqrt(width),
  };
}

/** As many key and value heads as there are heads, which divide the width of the states. */
export function equalHeads(hidden: number, heads: number): AttentionSpec {
  return headsOf({ hidden_size: hidden, num_attention_heads: heads });
}

/** The window of `sliding_window`, which counts the token itself; none where the file has `null`. */
export function slidingWindow(tokens: number | null): { readonly window?: Window } {
  return tokens === null ? {} : { window: { left: tokens - 1, right: 0 } };
}
