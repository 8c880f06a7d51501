/**
 * Noise: how much advantages vary that are whole returns less a share of a potential, where completions are compared
 * with others of their prompt (RLOO). A potential takes off what was decided before a token, and the more the better
 * it foresees the score; as it does not depend on the token, the gradient is the same in expectation, and the noise
 * of it is all that it changes. Pure.
 *
 * @module
 */

import { lessMeanOf } from "../../../src/ppo/math/reward_to_go.ts";

/** What a model read of completions, those of each prompt one after the other. */
export interface Readings {
  /** One per completion, after its last token. */
  readonly scores: readonly number[];
  /** Per completion and token, what was read before the token, or before its unit. */
  readonly potentials: readonly Float64Array[];
  /** Completions of each prompt. */
  readonly perPrompt: number;
}

/** Squares of advantages, in parts of those of whole returns. */
export interface Noise {
  /** With a share of the potential taken off, as `red` does with its beta. */
  of(share: number): number;
  /** The share with the least noise. */
  readonly best: number;
}

/** The noise at each share, over all tokens of all completions. */
export function noiseOf({ scores, potentials, perPrompt }: Readings): Noise {
  const compare = (rows: readonly Float64Array[]) => lessMeanOf("others", rows, perPrompt);
  const whole = compare(potentials.map((row, i) => row.map(() => scores[i]!)));
  const known = compare(potentials);
  const sum = (of: (whole: number, known: number) => number) =>
    whole.reduce(
      (all, row, i) => row.reduce((some, each, t) => some + of(each, known[i]![t]!), all),
      0,
    );
  const returns = sum((each) => each ** 2);
  return {
    of: (share) => sum((each, before) => (each - share * before) ** 2) / returns,
    best: sum((each, before) => each * before) / sum((_, before) => before ** 2),
  };
}

/**
 * Potentials less what texts have on average where each was read: of units, which begin at other tokens in other
 * completions, a rise over the text is noise by itself.
 *
 * @param starts per completion and token, the token before which its potential was read
 * @param perToken the potentials of single tokens, that the mean is of
 */
export function withoutDrift(
  potentials: readonly Float64Array[],
  starts: readonly (readonly number[])[],
  perToken: readonly Float64Array[],
): Float64Array[] {
  const longest = Math.max(...perToken.map(({ length }) => length));
  const drift = Array.from({ length: longest }, (_, t) => {
    const there = perToken.filter(({ length }) => length > t);
    return there.reduce((sum, row) => sum + row[t]!, 0) / there.length;
  });
  return potentials.map((row, i) => row.map((each, t) => each - drift[starts[i]![t]!]!));
}
