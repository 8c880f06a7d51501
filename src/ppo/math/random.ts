/**
 * Random numbers of a run. Every use of chance has a stream of its own, made from the run's seed, the
 * step and what the numbers are for; so a resumed run draws what it would have drawn, with no state
 * saved, and one use that draws more does not shift another.
 *
 * Not for secrets.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";

/** A source of random numbers. Drawing from it moves it on. */
export type RandomSource = RandomGenerator;

/** Which stream. */
export interface StreamName {
  /** The run's own, a safe integer. */
  readonly seed: number;
  /** The step of training, a safe integer. */
  readonly step: number;
  /** What the numbers are for, as in "sampling". */
  readonly purpose: string;
}

/**
 * The stream of this name, from its beginning: xoroshiro128+ (Blackman and Vigna, "Scrambled Linear
 * Pseudorandom Number Generators", ACM TOMS 47, 2021) whose 128 bits of state are the first of the
 * SHA-256 of `[seed,step,"purpose"]`. Names that differ at all give streams that have nothing in common.
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
 * Fills an array with numbers that are uniform over the multiples of 2^-23 from 0 to 1 - 2^-23. All are
 * exact in float32, and the largest is below 1 there, also as `1 - u`, which is then never 0.
 *
 * @returns the array that was given
 */
export function fillUniform(random: RandomSource, into: Float32Array): Float32Array {
  for (let i = 0; i < into.length; i++) {
    // The high bits: the lowest of this generator are the weakest.
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
    throw new RangeError(`Cannot draw a whole number as the bound is none: received ${bound}`);
  }
  return uniformInt(random, 0, bound - 1);
}

/**
 * The same items in another order, all orders equally likely, in a new array. Fisher and Yates, from
 * the last place to the first (Knuth, The Art of Computer Programming, volume 2, algorithm 3.4.2P).
 */
export function shuffle<T>(random: RandomSource, items: readonly T[]): T[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const chosen = integerBelow(random, last + 1);
    [shuffled[last], shuffled[chosen]] = [shuffled[chosen]!, shuffled[last]!];
  }
  return shuffled;
}
