/**
 * The form of attention: how the serving frames compute it. All give the same numbers but for rounding; which is
 * fastest depends on the device.
 *
 * @module
 */

import type { Graph } from "../../onnx/graph.ts";

/**
 * `tiles`: tile by tile, in a loop that holds the scores of one tile at a time. `dense`: one batched product where there
 * is memory for all scores (`tree/one_tile.ts`), else tiles. `fused`: one operator that holds no scores, over whole
 * texts (`tree/whole_texts.ts`), in the layers that it can express and where there is memory, else as `dense`; the
 * rows of the last layer, whose scores credit reads, are always `dense`.
 */
export const attentionForms = ["tiles", "dense", "fused"] as const;

/** One of {@linkcode attentionForms}. */
export type AttentionForm = typeof attentionForms[number];

/** The inputs by which each form is told. */
export const AT_ONCE = ".at_once";
export const TEXTS = "texts";

/** The form that a graph was written in, which its feeds have to be in. */
export function attentionFormOf({ inputs }: Pick<Graph, "inputs">): AttentionForm {
  const labels = inputs.map(({ label }) => label);
  if (labels.includes(TEXTS + AT_ONCE)) return "fused";
  return labels.some((label) => label.endsWith(AT_ONCE)) ? "dense" : "tiles";
}
