/**
 * Inventory: what a model consists of, counted from the names and shapes of its tensors. Pure.
 *
 * @module
 */

import type { ListedTensor } from "../weights/checkpoint.ts";
import { elementCount } from "../weights/element_type.ts";

/** The parts of a transformer that its parameters are counted by. */
export type Part = "embeddings" | "attention" | "mlp" | "norms" | "head" | "other";

/** How much something takes. */
export interface Size {
  readonly tensors: number;
  readonly parameters: number;
  readonly bytes: number;
}

/** What a model consists of. */
export interface Inventory extends Size {
  /** Parts that the model has, in the order in which data flow through them. */
  readonly parts: readonly (Size & { readonly part: Part })[];
  /** Element types, the most frequent first. */
  readonly dtypes: readonly (Size & { readonly dtype: string })[];
}

/** Which names belong to which part; the first that matches counts. */
const patterns: readonly { part: Part; pattern: RegExp }[] = [
  {
    part: "head",
    pattern:
      /^(score|classifier|score_head|regression_head|regression_layer|reward_transform_matrix|gating|normalizer|value_head|v_head|reward_head|rm_head|lm_head|pooler|pre_classifier|cls|head)\b/,
  },
  { part: "norms", pattern: /(norm|\bln_\w+|\bln\d?)\.(weight|bias|gamma|beta)$/i },
  { part: "embeddings", pattern: /(embed|\bwte\b|\bwpe\b)/i },
  { part: "attention", pattern: /attn|attention/i },
  {
    part: "mlp",
    pattern:
      /\bmlp\b|feed_forward|\bffn(_output)?\b|intermediate|\boutput\.dense\b|experts|\bfc\d\b/i,
  },
];

const order: readonly Part[] = ["embeddings", "attention", "mlp", "norms", "head", "other"];

/** Which part of a model a tensor belongs to, by the name the checkpoint gives it. */
export function partOf(name: string): Part {
  // An adapter puts its own before the model's names. Encoders keep a prefix before the pooler: `bert.pooler.dense.weight`.
  const own = name.replace(/^base_model\.model\./, "").replace(
    /^(\w*bert\w*|electra|model|transformer)\./,
    "",
  );
  return patterns.find(({ pattern }) => pattern.test(own))?.part ?? "other";
}

/** Counts the tensors that a model uses. */
export function inventoryOf(tensors: readonly ListedTensor[]): Inventory {
  const byPart = Map.groupBy(tensors, ({ name }) => partOf(name));
  const byDtype = Map.groupBy(tensors, ({ dtype }) => dtype);
  return {
    ...sizeOf(tensors),
    parts: order.flatMap((part) => {
      const own = byPart.get(part);
      return own === undefined ? [] : [{ part, ...sizeOf(own) }];
    }),
    dtypes: [...byDtype].map(([dtype, own]) => ({ dtype, ...sizeOf(own) }))
      .sort((a, b) => b.parameters - a.parameters),
  };
}

function sizeOf(tensors: readonly ListedTensor[]): Size {
  return {
    tensors: tensors.length,
    parameters: tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0),
    bytes: tensors.reduce((sum, { length }) => sum + length, 0),
  };
}
