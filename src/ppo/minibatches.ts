/**
 * How a batch is cut up for the updates of one epoch.
 *
 * @module
 */

import { type RandomSource, shuffle } from "./math/random.ts";

/**
 * Cuts 0 to `count` - 1, shuffled, into minibatches: each index stands in exactly one of them. Where
 * `parts` divides `count` all have the same size; otherwise the first `count % parts` have one more, so
 * that nothing is dropped and sizes differ by at most one.
 *
 * One epoch; draw again from the same source for the next.
 *
 * @returns `parts` lists, none empty
 * @throws {RangeError} unless `parts` is a whole number from 1 to `count`
 */
export function minibatches(
  random: RandomSource,
  { count, parts }: { readonly count: number; readonly parts: number },
): number[][] {
  if (!Number.isInteger(count) || !Number.isInteger(parts) || parts < 1 || parts > count) {
    const received = `received ${count} in ${parts} parts`;
    throw new RangeError(`Cannot cut a batch as no minibatch may be empty: ${received}`);
  }
  const order = shuffle(random, Array.from({ length: count }, (_, index) => index));
  const [size, longer] = [Math.floor(count / parts), count % parts];
  const startOf = (part: number) => part * size + Math.min(part, longer);
  return Array.from({ length: parts }, (_, part) => order.slice(startOf(part), startOf(part + 1)));
}
