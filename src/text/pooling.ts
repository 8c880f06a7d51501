/**
 * Pooling: which tokens of a text the score is computed from. The rule of each model is one value, and
 * `pooledPositions` is the one place that applies it.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";

/**
 * The last token of the text, the first, all of them (the mean of their states), the end of each step, each by
 * itself, the last one whose id is not that of padding, the one before the first of padding, or the last one with
 * a certain id. `graph` is a prebuilt graph that decides by a rule which is not known.
 *
 * The classifiers of transformers read decoders at the last id that is not `pad_token_id`, wherever it
 * stands (`GenericForSequenceClassification`, transformers 5), and encoders at the first. Code of trainers'
 * own that was written after transformers 4 reads before the first `pad_token_id`.
 */
export type Pooling =
  | "last"
  | "first"
  | "mean"
  | "graph"
  | "steps"
  | { readonly lastNot: number }
  | { readonly beforeFirst: number }
  | { readonly named: number }
  | GatedPooling;

/**
 * The last token, or the one before the first of padding, and before it the token at which a gate reads: the
 * first of the last time that certain tokens follow each other, as those that end a prompt do.
 */
export interface GatedPooling {
  readonly gate: readonly number[];
  readonly beforeFirst?: number;
}

/** Whether a head reads a state for its gate too, which then is the first of the pooled positions. */
export function isGated(pooling: Pooling): pooling is GatedPooling {
  return typeof pooling === "object" && "gate" in pooling;
}

/** The rules of {@linkcode Pooling} that are told by name. */
export const poolingNames = [
  "last",
  "first",
  "mean",
  "graph",
  "steps",
  "last_not",
  "before_first",
  "named",
] as const;

/** A rule by its name, with the id that it names, if it does. A gate is none of its own. */
export interface NamedPooling {
  readonly at: typeof poolingNames[number];
  readonly id?: number;
}

/** The rule for callers. */
export function namedPooling(pooling: Pooling): NamedPooling {
  if (typeof pooling === "string") return { at: pooling };
  if ("lastNot" in pooling) return { at: "last_not", id: pooling.lastNot };
  if ("named" in pooling) return { at: "named", id: pooling.named };
  const { beforeFirst } = pooling;
  return beforeFirst === undefined ? { at: "last" } : { at: "before_first", id: beforeFirst };
}

/** The tokens that the score is computed from, in words. */
export function poolingText(pooling: Pooling): string {
  if (typeof pooling === "string") return words[pooling];
  if (isGated(pooling)) {
    const { gate, beforeFirst: padding } = pooling;
    const read = padding === undefined ? "last" : { beforeFirst: padding };
    return `${poolingText(read)}, and for the gate the last ${gate.join(" ")}`;
  }
  if ("named" in pooling) return `last token of id ${pooling.named}`;
  if ("lastNot" in pooling) return `last token that is not padding (id ${pooling.lastNot})`;
  return `token before the first of padding (id ${pooling.beforeFirst})`;
}

const words = {
  last: "last token",
  first: "first token",
  mean: "mean of all tokens",
  graph: "as the graph decides",
  steps: "end of each step",
} as const;

/**
 * The pooled positions of a text, ascending; none where they are not known. A text of nothing but padding is
 * read at its first token, as transformers does; where padding comes first or not at all, what stands before it
 * is the last token, as an index of -1 is.
 *
 * Of a gated pooling the first is the gate's.
 *
 * @param pooling any rule but that of steps, which are no matter of ids alone
 * @throws {AbacusError} `invalid_request` where the text lacks the token that the score is read at
 */
export function pooledPositions(ids: Int32Array, pooling: Pooling): readonly number[] {
  if (pooling === "graph") return [];
  if (pooling === "last") return [ids.length - 1];
  if (pooling === "first") return [0];
  if (pooling === "mean") return [...ids.keys()];
  if (pooling === "steps") throw new TypeError("Cannot find the ends of steps by ids alone");
  if ("named" in pooling) return [lastOf(ids, pooling.named)];
  if ("lastNot" in pooling) return [Math.max(0, ids.findLastIndex((id) => id !== pooling.lastNot))];
  const read = beforePadding(ids, pooling.beforeFirst);
  return "gate" in pooling ? [gateBefore(read, ids, pooling), read] : [read];
}

function beforePadding(ids: Int32Array, padding: number | undefined): number {
  const first = padding === undefined ? -1 : ids.indexOf(padding);
  return first > 0 ? first - 1 : ids.length - 1;
}

/** Where the tokens of a gate begin for the last time; the score is read behind them. */
function gateBefore(read: number, ids: Int32Array, { gate }: GatedPooling): number {
  const at = ids.findLastIndex((_, start) => gate.every((id, i) => ids[start + i] === id));
  if (at >= 0 && at <= read) return at;
  throw new AbacusError(
    "invalid_request",
    `Cannot score as the gate reads where a prompt ends, at the tokens ${
      gate.join(" ")
    } before the one ` +
      `that the score is read at: received a text without them`,
  );
}

function lastOf(ids: Int32Array, id: number): number {
  const at = ids.lastIndexOf(id);
  if (at >= 0) return at;
  throw new AbacusError(
    "invalid_request",
    `Cannot score as the score is read at the token ${id}: received a text without it`,
  );
}
