/**
 * Random numbers of a run. Each use has a stream of its own, derived from the run's seed, the step and the
 * purpose. A resumed run therefore draws the same numbers without saved state, and uses do not affect
 * each other. Not cryptographically secure.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";

/** A source of random numbers, advanced by every draw. */
export type RandomSource = RandomGenerator;

/** Identifies a stream. */
export interface StreamName {
  /** Of the run; a safe integer. */
  readonly seed: number;
  /** The training step; a safe integer. */
  readonly step: number;
  /** What the numbers are for, as in "sampling". */
  readonly purpose: string;
}

/**
 * The stream of this name, from its start: xoroshiro128+ (Blackman and Vigna, "Scrambled Linear
 * Pseudorandom Number Generators", ACM TOMS 47, 2021) whose 128 bits of state are the first of the
 * SHA-256 of `[seed,step,"purpose"]`. Different names give independent streams.
 *
 * @throws {RangeError} unless seed and step are safe integers
 */
export function randomStream({ seed, step, purpose }: StreamName): RandomSource {
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(step)) {
    const received = `seed ${seed}, step ${step}`;
    throw new RangeError(
      `Cannot make a random stream as it needs whole numbers: received ${received}`,
    );
  }
  const name = JSON.stringify([seed, step, purpose]);
  const digest = createHash("sha256").update(name).digest();
  return xoroshiro128plusFromState([0, 4, 8, 12].map((at) => digest.readInt32LE(at)));
}

/**
 * Fills an array with uniform multiples of 2^-23 from 0 to 1 - 2^-23, which are exact in float32.
 *
 * @returns the given array
 */
export function fillUniform(random: RandomSource, into: Float32Array): Float32Array {
  for (let i = 0; i < into.length; i++) {
    // The high bits: this generator's lowest ones are the weakest.
    into[i] = (random.next() >>> 9) * 2 ** -23;
  }
  return into;
}

/**
 * A whole number from 0 to `bound` - 1, all equally likely.
 *
 * @throws {RangeError} unless `bound` is a whole number from 1 to 2^32
 */
export function integerBelow(random: RandomSource, bound: number): number {
  if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) {
    throw new RangeError(
      `Cannot draw a whole number as the bound must be 1 to 2^32: received ${bound}`,
    );
  }
  return uniformInt(random, 0, bound - 1);
}

/**
 * A random permutation of the items, in a new array: Fisher and Yates, from the last place to the first
 * (Knuth, The Art of Computer Programming, volume 2, algorithm 3.4.2P).
 */
export function shuffle<T>(random: RandomSource, items: readonly T[]): T[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const chosen = integerBelow(random, last + 1);
    [shuffled[last], shuffled[chosen]] = [shuffled[chosen]!, shuffled[last]!];
  }
  return shuffled;
}
