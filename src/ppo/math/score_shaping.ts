/**
 * Score shaping: what is done to the scores of a step, and with them to the rewards of tokens, before KL is
 * paid and advantages are computed.
 *
 *     shaped = clip((score - mean) / std, -limit, limit) - [did not end] * penalty
 *
 * with the mean and the unbiased deviation of the step's scores. Scores of a reward model have no natural
 * origin, and what dense credit can teach by mistake depends on it (docs/reward-to-go.md); scaling and
 * clipping scores are those of TRL's PPO, the penalty is its `missing_eos_penalty`.
 *
 * @module
 */

import { mean, standardDeviation } from "./statistics.ts";

/** What is done to scores. */
export interface ScoreShaping {
  /** Whether the step's mean is taken off. */
  readonly center: boolean;
  /** Whether they are divided by the step's deviation; not where all are equal. */
  readonly scale: boolean;
  /** The largest size of a shaped score, before the penalty; Infinity for no limit. */
  readonly clip: number;
  /** What a completion pays on its last token that was cut off at its length limit. */
  readonly missingEndPenalty: number;
}

/** A completion with its score, and the rewards of its tokens. */
export interface ScoredCredit {
  readonly score: number;
  readonly credit: Float64Array; // [tokens]
  /** Whether it ended by itself. */
  readonly ended: boolean;
}

/** Rewards of tokens after shaping, in units of the shaped score. */
export interface ShapedCredit {
  readonly credit: Float64Array; // [tokens]
  /** The part of the shaped score that no token has, as `red` gives none that of the prompt. */
  readonly offset: number;
}

/** A score below this tells no shares, and a deviation below this no scale: both are divided by. */
const LEAST = 1e-6;

/**
 * The rewards of tokens of the shaped scores, in new rows. Rewards that are shares of the score become the
 * same shares of the shaped one. Others, which tell what a token itself changed, are scaled alone, and
 * what is taken off the score is paid by the last token, where it changes no comparison of earlier ones.
 *
 * @param shares whether rewards are shares of the score, so that each is in proportion to it
 */
export function shapeCredit(
  batch: readonly ScoredCredit[],
  shaping: ScoreShaping,
  { shares }: { readonly shares: boolean },
): ShapedCredit[] {
  const shape = shapeOf(batch, shaping);
  return batch.map(({ score, credit, ended }) => {
    const shaped = shape.apply(score);
    const factor = shares && Math.abs(score) >= LEAST ? shaped / score : shape.factor;
    const row = credit.map((reward) => reward * factor); // [tokens]
    if (row.length > 0) {
      row[row.length - 1]! += shaped - score * factor - (ended ? 0 : shaping.missingEndPenalty);
    }
    const given = credit.reduce((sum, reward) => sum + reward, 0);
    return { credit: row, offset: (score - given) * factor };
  });
}

/** How scores of a step are shaped, and the factor in it. */
function shapeOf(
  batch: readonly ScoredCredit[],
  { center, scale, clip }: ScoreShaping,
): { factor: number; apply(score: number): number } {
  const scores: [Float64Array] = [Float64Array.from(batch, ({ score }) => score)];
  const origin = center ? mean(scores) : 0;
  const deviation = standardDeviation(scores);
  const factor = scale && deviation >= LEAST ? 1 / deviation : 1;
  const apply = (score: number) => Math.min(Math.max((score - origin) * factor, -clip), clip);
  return { factor, apply };
}
