/**
 * Gradient times embedding: how much the score of a sequence owes, to first order, to the embedding of
 * each of its tokens.
 *
 * @module
 */

import type { OwnPassMeasurement } from "./measurement.ts";
import { slopeOf } from "./slope.ts";

/**
 * For each token, the gradient of its sequence's score by the token's embedding, times that embedding:
 * what the score would lose, to first order, were the embedding 0.
 */
export const gradient: OwnPassMeasurement = {
  pass: "own",
  what: "a gradient",
  write(inputs) {
    const { words, along } = slopeOf(inputs);
    return along(words);
  },
};
