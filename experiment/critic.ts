/**
 * Critic: how much of the score still to come a critic can foresee at best, exactly, for texts that are few
 * enough to be counted. It shows why explained variance is lower under methods that pay shares of the score.
 * `docs/reward-to-go.md` explains this to users.
 *
 * @module
 */

import { type Ending, rewardsOf } from "./two_tokens.ts";

/** The share of the variance of what is still to come that critics foresee at best, 0 to 1. */
export interface Foresight {
  /** By a critic that makes the most of the tokens so far. */
  readonly best: number;
  /** By one that makes the most of the score that it expects, without knowing how much of it has been paid. */
  readonly blind: number;
  /** By the best one, within the tokens of each position. */
  readonly byPosition: readonly number[];
}

/** Texts of equally likely tokens, each of which adds to the score or takes from it, alike at every position. */
export interface Additive {
  readonly tokens: number;
  readonly mean: number;
  /** Of the score over all texts. */
  readonly deviation: number;
}

/** All texts, 2 to the power of their tokens, with equal attention on all tokens. */
export function additiveTexts({ tokens, mean, deviation }: Additive): Ending[] {
  const step = deviation / Math.sqrt(tokens);
  return Array.from({ length: 2 ** tokens }, (_, bits) => {
    const words = Array.from({ length: tokens }, (_, t) => (bits >> t) & 1 ? "+" : "-");
    const prefixScores: number[] = [];
    words.reduce((score, word, t) => prefixScores[t] = score + (word === "+" ? step : -step), mean);
    const attention = Array<number>(tokens).fill(1 / tokens);
    return {
      name: words.join(""),
      tokens: words,
      score: prefixScores.at(-1)!,
      attention,
      prefixScores,
    };
  });
}

/** What critics foresee of the rewards to go of equally likely texts. */
export function foresightOf(
  endings: readonly Ending[],
  setting: { readonly method: string; readonly beta: number },
): Foresight {
  const states = endings.flatMap((ending) => statesOf(ending, rewardsOf(ending, setting)));
  const expected = new Map(
    [...Map.groupBy(states, ({ prefix }) => prefix)]
      .map(([prefix, own]) => [prefix, meanOf(own, ({ score }) => score)]),
  );
  const positions = Map.groupBy(states, ({ position }) => position);
  return {
    best: explained(states, ({ prefix }) => prefix),
    // Sums of different orders differ in their last bits.
    blind: explained(states, ({ prefix }) => expected.get(prefix)!.toFixed(9)),
    byPosition: [...positions.values()].map((own) => explained(own, ({ prefix }) => prefix)),
  };
}

/** A position of a text, before its token. */
interface State {
  readonly position: number;
  readonly prefix: string;
  readonly score: number;
  readonly toGo: number;
}

function statesOf({ tokens, score }: Ending, rewards: readonly number[]): State[] {
  return tokens.map((_, position) => ({
    position,
    prefix: tokens.slice(0, position).join(" "),
    score,
    toGo: rewards.slice(position).reduce((sum, reward) => sum + reward, 0),
  }));
}

/** The share of variance between the groups of a key, which is that of the best function of it. */
function explained(states: readonly State[], keyOf: (state: State) => string): number {
  const groups = [...Map.groupBy(states, keyOf).values()];
  const mean = meanOf(states, ({ toGo }) => toGo);
  const between = groups.reduce(
    (sum, own) => sum + own.length * (meanOf(own, ({ toGo }) => toGo) - mean) ** 2,
    0,
  );
  const total = states.reduce((sum, { toGo }) => sum + (toGo - mean) ** 2, 0);
  return total === 0 ? 0 : between / total;
}

function meanOf(states: readonly State[], of: (state: State) => number): number {
  return states.reduce((sum, state) => sum + of(state), 0) / states.length;
}
