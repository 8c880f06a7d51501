/**
 * Padded: sequences laid out side by side, each filled up at its end to one length, as the graph of
 * an own pass takes them; and their parts of what it gives. Pure.
 *
 * @module
 */

import type { Feed, Feeds } from "../arrays.ts";
import { iotaFeed, listFeed, scalarFeed } from "../feeds.ts";

/** A sequence, and the positions that its score is pooled from. */
export interface PooledSequence {
  readonly ids: Int32Array;
  readonly types?: Int32Array | undefined;
  readonly pool: readonly number[];
  /** Where a gate reads, of heads that have one. */
  readonly gate?: number | undefined;
}

/** What a run may hold at once. */
export interface PaddingLimits {
  /** Numbers kept for the way back, per token and per pair of tokens of one sequence. */
  readonly perToken: number;
  readonly perPair: number;
  /** Numbers kept in all, unless a single sequence takes more. */
  readonly numbers: number;
  /** Tokens of one run, filled up, unless a single sequence has more. */
  readonly tokens: number;
}

/** Filling up costs less than a run of its own below this many tokens, or a quarter of the length. */
const FILL = 16;

/**
 * Which sequences run together, by index: of like length, the longest first. A sequence that is over
 * the limits by itself runs alone.
 */
export function chunksOf(
  sequences: readonly PooledSequence[],
  limits: PaddingLimits,
): number[][] {
  const lengthOf = (i: number) => sequences[i]!.ids.length;
  const order = [...sequences.keys()].toSorted((a, b) => lengthOf(b) - lengthOf(a) || a - b);
  const chunks: number[][] = [];
  for (const i of order) {
    const chunk = chunks.at(-1);
    const fits = chunk !== undefined && mayJoin(lengthOf(i), {
      longest: lengthOf(chunk[0]!),
      room: roomFor(lengthOf(chunk[0]!), limits) - chunk.length,
    });
    if (fits) chunk.push(i);
    else chunks.push([i]);
  }
  return chunks;
}

function mayJoin(length: number, { longest, room }: { longest: number; room: number }): boolean {
  return room > 0 && longest - length <= Math.max(FILL, longest / 4);
}

/** How many sequences of a length fit into a run. */
function roomFor(length: number, { perToken, perPair, numbers, tokens }: PaddingLimits): number {
  const each = length * (perToken + length * perPair);
  return Math.floor(Math.min(numbers / each, tokens / length));
}

/**
 * The inputs of the graph of an own pass. A sequence is filled up with its own last token, so that no number
 * of a token that it does not have can reach it.
 */
export function paddedFeeds(sequences: readonly PooledSequence[]): Feeds {
  const length = longestOf(sequences);
  const tokens = sequences.length * length;
  const pool = new Float32Array(tokens);
  const gate = new Float32Array(tokens);
  const [ids, positions, lengths, types] = Array.from({ length: 4 }, () => new Int32Array(tokens));
  sequences.forEach(({ ids: own, types: ownTypes, pool: pooled, gate: gated }, i) => {
    const [start, end] = [i * length, (i + 1) * length];
    if (ownTypes !== undefined) types!.set(ownTypes, start);
    ids!.fill(own.at(-1) ?? 0, start, end).set(own, start);
    lengths!.fill(own.length, start, end);
    for (let t = 0; t < length; t++) positions![start + t] = t;
    for (const t of pooled) pool[start + t] = 1 / pooled.length;
    if (gated !== undefined) gate[start + gated] = 1;
  });
  return {
    ids: listFeed(ids!),
    positions: listFeed(positions!),
    lengths: listFeed(lengths!),
    types: listFeed(types!),
    iota: iotaFeed(tokens),
    length: scalarFeed(length),
    pool: { data: pool, dims: [sequences.length, length] },
    gate: { data: gate, dims: [sequences.length, length] },
  };
}

/** Of one or more numbers per token of {@linkcode paddedFeeds}, those of each sequence, copied. */
export function unpadded({ data }: Feed, sequences: readonly PooledSequence[]): Float32Array[] {
  if (!(data instanceof Float32Array)) {
    throw new TypeError(`Cannot read numbers as float32: received ${data.constructor.name}`);
  }
  const perSequence = data.length / sequences.length;
  const perToken = perSequence / longestOf(sequences);
  return sequences.map(({ ids }, i) =>
    data.slice(i * perSequence, i * perSequence + perToken * ids.length)
  );
}

function longestOf(sequences: readonly PooledSequence[]): number {
  return Math.max(...sequences.map(({ ids }) => ids.length));
}
