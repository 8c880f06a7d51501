/**
 * A watched transformation: the same one, telling how far it has come.
 *
 * @module
 */

import type { Transformation } from "./derived.ts";
import { byteLengthOf } from "./element_type.ts";

/**
 * Told after each chunk: the stored bytes that were read for what is made by now, and those that will have been
 * read in the end. A tensor that two are made of is read twice: bytes that are made would not tell the time, as
 * scales are few and take as long as the numbers.
 */
export type OnConverted = (doneBytes: number, totalBytes: number) => void;

/** Counts what is made anew; tensors that stay the same are copied in no time and do not count. */
export function watched(
  transformation: Transformation,
  onConverted: OnConverted = () => {},
): Transformation {
  let [doneBytes, totalBytes] = [0, 0];
  return {
    ...transformation,
    tensor(stored) {
      const results = transformation.tensor(stored);
      if (results === "same") return results;
      // All tensors are asked for before the first of them is made.
      totalBytes += results.length * stored.length;
      return results.map((each) => ({
        ...each,
        bytes: async function* () {
          let made = 0;
          for await (const chunk of each.bytes()) {
            made += chunk.length;
            onConverted(doneBytes + stored.length * made / byteLengthOf(each), totalBytes);
            yield chunk;
          }
          doneBytes += stored.length;
        },
      }));
    },
  };
}
