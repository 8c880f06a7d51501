/**
 * Texts side by side as a prebuilt graph takes them: filled up to one length with padding, which the mask
 * leaves out. Pure.
 *
 * @module
 */

import { added } from "../../prebuilt/expose_attention.ts";
import type { IndexType, InputName } from "../../prebuilt/graph_inputs.ts";
import type { Feed, Feeds } from "../arrays.ts";

/** One text, and what is read of it. */
export interface Text {
  readonly ids: Int32Array;
  readonly types?: Int32Array | undefined;
  /** The positions whose rows of attention are read, of which the mean is given out. */
  readonly rows: readonly number[];
}

/** What fills texts up, and on which side. */
export interface Padding {
  readonly id: number;
  readonly type: number;
  readonly side: "left" | "right";
}

/** How the feeds of a graph are made. */
export interface PaddedOptions {
  readonly inputs: ReadonlyMap<InputName, IndexType>;
  readonly padding: Padding;
  /** Whether rows of attention are asked for. */
  readonly attention: boolean;
  /** What is added to the weights of the row of each token. @default 0 */
  readonly nudge?: { readonly at: number; readonly by: number } | undefined;
}

/** What each input holds for a token of a text, and for padding. */
const fillers: Readonly<
  Record<
    InputName,
    { of: (text: Text, at: number) => number; beside: (padding: Padding) => number }
  >
> = {
  input_ids: { of: ({ ids }, at) => ids[at]!, beside: ({ id }) => id },
  attention_mask: { of: () => 1, beside: () => 0 },
  token_type_ids: { of: ({ types }, at) => types?.[at] ?? 0, beside: ({ type }) => type },
  position_ids: { of: (_, at) => at, beside: () => 0 },
};

/** The length that texts are filled up to. */
export function lengthOf(texts: readonly Text[]): number {
  return Math.max(...texts.map(({ ids }) => ids.length));
}

/** Where a text begins in its row. */
export function startOf({ ids }: Text, length: number, { side }: Padding): number {
  return side === "left" ? length - ids.length : 0;
}

/** The inputs of a run. */
export function paddedTexts(texts: readonly Text[], options: PaddedOptions): Feeds {
  const { inputs, attention } = options;
  const fed = [...inputs].map(([name, type]) => [name, feedOf(texts, { name, type }, options)]);
  return { ...Object.fromEntries(fed), ...attention ? attentionFeeds(texts, options) : {} };
}

function feedOf(
  texts: readonly Text[],
  { name, type }: { name: InputName; type: IndexType },
  { padding }: PaddedOptions,
): Feed {
  const length = lengthOf(texts);
  const { of, beside } = fillers[name];
  const numbers = texts.flatMap((text) => {
    const start = startOf(text, length, padding);
    return Array.from({ length }, (_, at) => {
      const inside = at >= start && at < start + text.ids.length;
      return inside ? of(text, at - start) : beside(padding);
    });
  });
  const data = type === "int32" ? Int32Array.from(numbers) : wide(numbers);
  return { data, dims: [texts.length, length] };
}

/** Texts of fewer rows than others ask for their first one more often, at no weight. */
function attentionFeeds(texts: readonly Text[], { padding, nudge }: PaddedOptions): Feeds {
  const length = lengthOf(texts);
  const most = Math.max(1, ...texts.map(({ rows }) => rows.length));
  const rows = texts.flatMap((text) => {
    const start = startOf(text, length, padding);
    return Array.from({ length: most }, (_, i) => start + (text.rows[i] ?? text.rows[0] ?? 0));
  });
  const weights = texts.flatMap(({ rows }) =>
    Array.from({ length: most }, (_, i) => i < rows.length ? 1 / rows.length : 0)
  );
  const nudges = new Float32Array(length);
  if (nudge !== undefined) nudges[nudge.at] = nudge.by;
  return {
    [added.rows]: { data: wide(rows), dims: [texts.length, most] },
    [added.rowWeights]: { data: Float32Array.from(weights), dims: [texts.length, most] },
    [added.nudge]: { data: nudges, dims: [1, length, 1] },
  };
}

function wide(numbers: readonly number[]): BigInt64Array<ArrayBuffer> {
  return BigInt64Array.from(numbers, BigInt);
}
