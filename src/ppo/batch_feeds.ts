/**
 * Batch feeds: completions laid out densely, as evaluator and update graphs take them, and rows taken
 * out of what they give. Pure.
 *
 * @module
 */

import type { Feed, Feeds } from "../engine/runtime.ts";
import type { BatchShape } from "./actor_critic.ts";
import type { Rows } from "./rows.ts";
import { type Completion, responseLength } from "./sampling.ts";

/** The part of a completion that graphs see. */
export type Sequence = Pick<Completion, "ids" | "promptLength">;

/** Extents are rounded up to this, so that few graphs serve all lengths. */
const STRIDE = 8;

/** The smallest shape of `batch` sequences that all of these fit into. */
export function shapeFor(sequences: readonly Sequence[], batch: number): BatchShape {
  const most = (of: (sequence: Sequence) => number) =>
    STRIDE * Math.ceil(Math.max(1, ...sequences.map(of)) / STRIDE);
  return {
    batch,
    length: most(({ ids }) => ids.length),
    responses: most(responseLength),
  };
}

/**
 * The inputs `ids`, `positions`, `rows` and `actions`. What fills up is token 0 at position 0, for a
 * later one might lie beyond the model's context, and is never read.
 */
export function sequenceFeeds(sequences: readonly Sequence[], shape: BatchShape): Feeds {
  const { batch, length, responses } = shape;
  const [ids, positions] = [new Int32Array(batch * length), new Int32Array(batch * length)];
  const [rows, actions] = [new Int32Array(batch * responses), new Int32Array(batch * responses)];
  sequences.forEach(({ ids: sequence, promptLength }, i) => {
    ids.set(sequence, i * length);
    positions.set(sequence.keys().toArray(), i * length);
    for (let t = 0; promptLength + t < sequence.length; t++) {
      rows[i * responses + t] = i * length + promptLength + t - 1; // the token before it
      actions[i * responses + t] = sequence[promptLength + t]!;
    }
  });
  return {
    ids: { data: ids, dims: [batch * length] },
    positions: { data: positions, dims: [batch * length] },
    rows: { data: rows, dims: [batch * responses] },
    actions: { data: actions, dims: [batch * responses, 1] },
  };
}

/** One number per response token, in the places of a batch; 0 elsewhere. */
export function rowFeed(rows: Rows, { batch, responses }: BatchShape): Feed {
  const data = new Float32Array(batch * responses);
  rows.forEach((row, i) => data.set(row, i * responses));
  return { data, dims: [batch * responses] };
}

/** What each response token weighs in a mean over all of them. */
export function shareFeed(sequences: readonly Sequence[], shape: BatchShape): Feed {
  const tokens = sequences.reduce((sum, sequence) => sum + responseLength(sequence), 0);
  return rowFeed(
    sequences.map((sequence) => new Float64Array(responseLength(sequence)).fill(1 / tokens)),
    shape,
  );
}

/** The rows of each sequence out of an output of one number per response token. */
export function rowsOf(
  { data }: Feed,
  sequences: readonly Sequence[],
  { responses }: BatchShape,
): Float64Array[] {
  return sequences.map((sequence, i) => {
    const start = i * responses;
    return Float64Array.from(
      { length: responseLength(sequence) },
      (_, t) => Number(data[start + t]),
    );
  });
}

/**
 * The attention of response tokens on response tokens out of `[batch, length, length]`: `T x T` numbers of
 * each sequence, row-major.
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
