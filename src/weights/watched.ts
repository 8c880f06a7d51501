/**
 * A watched transformation: the same one, telling how far it has come.
 *
 * @module
 */

import type { Transformation } from "./derived.ts";
import { byteLengthOf } from "./element_type.ts";

/** Told after each chunk: the bytes that were made, and those that all tensors will take. */
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
      for (const each of results) totalBytes += byteLengthOf(each);
      return results.map((each) => ({
        ...each,
        bytes: async function* () {
          for await (const chunk of each.bytes()) {
            doneBytes += chunk.length;
            onConverted(doneBytes, totalBytes);
            yield chunk;
          }
        },
      }));
    },
  };
}
