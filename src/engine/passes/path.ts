/**
 * Path: a measurement that is integrated along a path of embeddings, from tokens that say nothing to those of a
 * sequence. Which points of the path are computed, and how their numbers are added up.
 *
 * @module
 */

import type { Feed, Feeds } from "../arrays.ts";
import type { PathRule } from "../measurements/measurement.ts";
import {
  chunksOf,
  paddedFeeds,
  type PaddingLimits,
  type PooledSequence,
  unpadded,
} from "./padded_feeds.ts";

/** A sequence, and the tokens that move. */
export interface MovedSequence extends PooledSequence {
  /** @default all of them */
  readonly moved?: readonly [number, number] | undefined;
}

/** How a path is followed. */
export interface PathOptions {
  readonly rule: PathRule;
  readonly limits: PaddingLimits;
  /** Runs the pass, which gives two numbers per token (`../measurements/integrated.ts`). */
  readonly ask: (feeds: Feeds) => Promise<Feed>;
}

/** What a path came to. */
export interface Integral {
  /** Of each token two numbers: what it brings, 0 where it does not move, and its part of what all gain. */
  readonly numbers: Float32Array;
  /** Points of the path that were computed. */
  readonly points: number;
}

/**
 * Follows the path of one sequence,
 *
 *     I[t] = (e[t] - blank) . integral from 0 to 1 of grad of score by e[t], at blank + a (e - blank), da
 *
 * by the trapezium rule. On models/movie-reward it needs fewer points than Simpson's: 17 leave a residual of 0.7 %
 * where Simpson's leaves 1.7 %, and 33 one of 0.04 %. Steps are halved until the `I[t]` add up to what the score gains, to within the rule's
 * residual, which is completeness (Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks", arXiv
 * 1703.01365, proposition 1), and the last halving has changed no more than the rule's part of them, for the sum
 * alone may be right by chance; or until there are as many as it allows. Halving computes the points between and
 * keeps the others.
 *
 * All points of a halving run together, as far as memory allows, and no other sequence with them: so what a
 * completion gets, and how many steps it takes, does not depend on those that it came with.
 */
export async function integralOf(sequence: MovedSequence, options: PathOptions): Promise<Integral> {
  const { fewest, most, residual, change } = options.rule;
  let points = await pointsAt(evenly(fewest), sequence, options);
  while (true) {
    const numbers = integrated(points, sequence);
    const coarse = integrated(points.filter((_, at) => at % 2 === 0), sequence);
    const steps = points.length - 1;
    // What is not a number ends it too: whoever reads the numbers finds what is wrong.
    const goesOn = residualOf(numbers) > residual || changeOf(numbers, coarse) > change;
    if (steps >= most || !goesOn) return { numbers, points: points.length };
    const between = await pointsAt(
      evenly(2 * steps).filter((_, at) => at % 2 === 1),
      sequence,
      options,
    );
    points = points.flatMap((point, at) => at === 0 ? [point] : [between[at - 1]!, point]);
  }
}

/** Shares of the way, both ends among them. */
function evenly(steps: number): number[] {
  return Array.from({ length: steps + 1 }, (_, at) => at / steps);
}

/** The pass's numbers at some shares of the way. */
async function pointsAt(
  shares: readonly number[],
  sequence: MovedSequence,
  { limits, ask }: PathOptions,
): Promise<Float32Array[]> {
  const points: Float32Array[] = [];
  // Sequences of one length, so that chunks take them in their order and nothing is filled up.
  for (const chunk of chunksOf(shares.map(() => sequence), limits)) {
    const copies = chunk.map(() => sequence);
    const feeds = {
      ...paddedFeeds(copies),
      share: sharesFeed(chunk.map((at) => shares[at]!), sequence),
    };
    points.push(...unpadded(await ask(feeds), copies));
  }
  return points;
}

/** Per token of each copy how far it is: all the way where it does not move. */
function sharesFeed(
  shares: readonly number[],
  { ids: { length }, moved: [start, end] = [0, length] }: MovedSequence,
): Feed {
  const data = new Float32Array(shares.length * length).fill(1);
  shares.forEach((share, copy) => data.fill(share, copy * length + start, copy * length + end));
  return { data, dims: [data.length] };
}

/** The trapezium rule over what tokens are owed, and the difference of both ends in what they have of the score. */
function integrated(
  points: readonly Float32Array[],
  { ids: { length }, moved: [start, end] = [0, length] }: MovedSequence,
): Float32Array {
  const last = points.length - 1;
  const numbers = new Float32Array(2 * length);
  for (let token = 0; token < length; token++) {
    const at = 2 * token;
    const isMoved = token >= start && token < end;
    const ends = (points[0]![at]! + points[last]![at]!) / 2;
    const owed = points.slice(1, -1).reduce((sum, point) => sum + point[at]!, ends);
    numbers[at] = isMoved ? owed / last : 0;
    numbers[at + 1] = points[last]![at + 1]! - points[0]![at + 1]!;
  }
  return numbers;
}

/** How far what tokens bring is from adding up to what they gain together, in parts of its size. */
function residualOf(numbers: Float32Array): number {
  const [brought, gained] = [0, 1].map((which) => sumOf(numbers, (at) => numbers[at + which]!));
  return ratio(Math.abs(brought! - gained!), sizeOf(numbers));
}

/** How far what tokens bring is from what fewer steps found, in parts of its size. */
function changeOf(numbers: Float32Array, coarse: Float32Array): number {
  return ratio(sumOf(numbers, (at) => Math.abs(numbers[at]! - coarse[at]!)), sizeOf(numbers));
}

function sizeOf(numbers: Float32Array): number {
  return sumOf(numbers, (at) => Math.abs(numbers[at]!));
}

/** The sum over tokens, of the place of whose numbers something is made. */
function sumOf({ length }: Float32Array, of: (at: number) => number): number {
  let sum = 0;
  for (let at = 0; at < length; at += 2) sum += of(at);
  return sum;
}

function ratio(part: number, whole: number): number {
  return part === 0 ? 0 : part / whole;
}
