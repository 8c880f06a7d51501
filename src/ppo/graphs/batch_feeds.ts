/**
 * Batch feeds: completions as inputs of the evaluator and update graphs, and their outputs split into
 * rows again. Pure.
 *
 * @module
 */

import type { Feed, Feeds } from "../../engine/runtime.ts";
import { count, type Rows } from "../math/rows.ts";
import type { BatchShape } from "./actor_critic.ts";
import { type Completion, responseLength } from "./sampler_feeds.ts";

/** The part of a completion that graphs read. */
export interface Sequence extends Pick<Completion, "ids" | "promptLength"> {
  /** Response tokens before which EOS was not allowed. @default 0 */
  readonly minLength?: number;
}

/** Lengths are rounded up to a multiple of this, so that few graphs serve all lengths. */
const STRIDE = 8;

/** The smallest shape of `batch` sequences that fits all of these. */
export function shapeFor(sequences: readonly Sequence[], batch: number): BatchShape {
  const longest = Math.max(1, ...sequences.map(({ ids }) => ids.length));
  return { batch, length: STRIDE * Math.ceil(longest / STRIDE) };
}

/** The name of a shape among those of one kind of graph. */
export function nameOf({ batch, length }: BatchShape): string {
  return `${batch}x${length}`;
}

/**
 * The inputs that {@linkcode forward} declares: all tokens one after the other, where each stands in the
 * padded layout of attention, and which of them precede a response token.
 */
export function sequenceFeeds(sequences: readonly Sequence[], shape: BatchShape): Feeds {
  const slots = new Int32Array(shape.batch * shape.length); // the first token where there is none
  const [ids, positions, places]: [number[], number[], number[]] = [[], [], []];
  const [rows, actions, early]: [number[], number[], number[]] = [[], [], []];
  const rowOf: number[] = [];
  sequences.forEach(({ ids: sequence, promptLength, minLength = 0 }, i) => {
    sequence.forEach((id, position) => {
      const token = ids.length;
      slots[i * shape.length + position] = token;
      places.push(i * shape.length + position);
      ids.push(id);
      positions.push(position);
      rowOf.push(0); // replaced below if a response token follows
      if (position < promptLength) return;
      rowOf[token - 1] = rows.push(token - 1) - 1;
      actions.push(id);
      early.push(position - promptLength < minLength ? 1 : 0);
    });
  });
  return {
    ids: list(ids),
    positions: list(positions),
    iota: { data: BigInt64Array.from(ids, (_, i) => BigInt(i)), dims: [ids.length] },
    places: list(places),
    slots: list(slots),
    rows: list(rows),
    row_of: list(rowOf),
    actions: { ...list(actions), dims: [actions.length, 1] },
    early: { data: Float32Array.from(early), dims: [early.length, 1] },
  };
}

function list(numbers: ArrayLike<number>): Feed {
  return { data: Int32Array.from(numbers), dims: [numbers.length] };
}

/** One number per response token of the batch. */
export function rowFeed(rows: Rows): Feed {
  const data = new Float32Array(count(rows));
  let at = 0;
  for (const row of rows) {
    data.set(row, at);
    at += row.length;
  }
  return { data, dims: [data.length] };
}

/** Splits an output of one number per response token into a row per sequence. */
export function rowsOf({ data }: Feed, sequences: readonly Sequence[]): Float64Array[] {
  let at = 0;
  return sequences.map((sequence) => {
    const start = at;
    at += responseLength(sequence);
    return Float64Array.from(data.subarray(start, at) as Float32Array);
  });
}

/**
 * The attention of response tokens to response tokens, from an output `[batch, length, length]`: `T x T`
 * numbers per sequence, row-major.
 */
export function responseAttention(
  { data }: Feed,
  sequences: readonly Sequence[],
  { length }: BatchShape,
): Float64Array[] {
  return sequences.map((sequence, i) => {
    const tokens = responseLength(sequence);
    const start = (i * length + sequence.promptLength) * length + sequence.promptLength;
    return Float64Array.from(
      { length: tokens * tokens },
      (_, at) => Number(data[start + Math.floor(at / tokens) * length + at % tokens]),
    );
  });
}
