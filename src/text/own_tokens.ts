/**
 * The completion's own tokens, where the model also reads tokens that were inserted among them: marks behind
 * steps, which are no part of what anybody wrote and are shown to nobody.
 *
 * @module
 */

import type { Encoding } from "./encoding.ts";

/** Which tokens of a completion are its own. Tokens are counted from the completion's first. */
export interface OwnTokens {
  /** How many there are. */
  readonly count: number;
  /** The place of a token among them; for an inserted one, that of the own token before it, -1 for none. */
  indexOf(token: number): number;
  /** The values of the own tokens, of one value per token; a list shorter than that has none of any. */
  of<Value>(values: readonly Value[]): readonly Value[];
  /**
   * A quantity per token as one per own token, with the same sum: that of an inserted token goes to the own one
   * before it, or where there is none, to the first.
   */
  fold(perToken: Float64Array): Float64Array;
}

/** The own tokens of an encoding. */
export function ownTokens(
  { completion: [start, end], steps = [] }: Pick<Encoding, "completion" | "steps">,
): OwnTokens {
  const length = Math.max(0, end - start);
  const inserted = steps.filter((each) => each.inserted);
  if (inserted.length === 0) {
    return {
      count: length,
      indexOf: (token) => Math.min(token, length - 1),
      of: (values) => values,
      fold: (perToken) => perToken.slice(),
    };
  }
  const places = placesAmongOwn(length, inserted.map(({ mark, at }) => [mark - start, at - start]));
  const isOwn = (token: number) => places[token] !== (places[token - 1] ?? -1);
  const count = 1 + (places.at(-1) ?? -1);
  return {
    count,
    indexOf: (token) => places[Math.min(token, length - 1)] ?? -1,
    of: (values) => values.filter((_, token) => isOwn(token)),
    fold(perToken) {
      const folded = new Float64Array(count);
      if (count > 0) {
        perToken.forEach((value, token) => folded[Math.max(0, places[token]!)]! += value);
      }
      return folded;
    },
  };
}

/** Of each token, how many own ones there are up to it, less one. */
function placesAmongOwn(
  length: number,
  inserted: readonly (readonly [first: number, last: number])[],
): Int32Array {
  const places = new Int32Array(length);
  let [own, next] = [-1, 0];
  for (let token = 0; token < length; token++) {
    while (next < inserted.length && inserted[next]![1] < token) next++;
    const [first = length] = inserted[next] ?? [];
    if (token < first) own++;
    places[token] = own;
  }
  return places;
}
