/**
 * Deletion and insertion curves: how the score falls as tokens are taken out in the order of their credit, and how
 * it grows as they are put in. Petsiuk, Das and Saenko, "RISE" (arXiv 1806.07421, section 4.1).
 *
 * @module
 */

import type { ScoredCompletion } from "../../../src/scorer/scored.ts";
import type { ScoreSample } from "../../../src/scorer/scored.ts";
import { seeded } from "../seeded.ts";
import type { Subject } from "./subject.ts";

/** Parts of a text's tokens that are gone or there at the points of a curve. */
export const parts = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/** Scores at each part, each times the sign of the whole text's score. */
export interface Curves {
  readonly deletion: readonly number[];
  readonly insertion: readonly number[];
}

/** The curves of a text whose tokens are ordered by their values, the largest first. */
export async function curvesOf(
  subject: Subject,
  { tokenIds, sequence, score }: ScoredCompletion,
  values: readonly number[],
): Promise<Curves> {
  const ids = [...tokenIds ?? []];
  const { tokenIds: all, completionStart: start } = sequence ??
    { tokenIds: [], completionStart: 0 };
  const behind = [...all.slice(start + ids.length)];
  const order = [...ids.keys()].toSorted((a, b) => values[b]! - values[a]!);
  const rank = order.reduce<number[]>((ranks, token, at) => ((ranks[token] = at), ranks), []);
  const sampleOf = (stays: (token: number) => boolean): ScoreSample => ({
    kind: "ids",
    promptIds: [...all.slice(0, start)],
    // What closes the text stays: at its tokens the score may be read.
    completionIds: [...ids.filter((_, token) => stays(token)), ...behind],
  });
  const samples = parts.flatMap((part) => {
    const count = Math.round(part * ids.length);
    return [
      sampleOf((token) => rank[token]! >= count),
      sampleOf((token) => rank[token]! < count),
    ];
  });
  const scores = (await scoresOf(subject, samples)).map((each) => each * Math.sign(score));
  return {
    deletion: scores.filter((_, i) => i % 2 === 0),
    insertion: scores.filter((_, i) => i % 2 === 1),
  };
}

/** The scores of samples, 0 where there is no token at all, which no model can be asked about. */
async function scoresOf(subject: Subject, samples: readonly ScoreSample[]): Promise<number[]> {
  const isText = (each: ScoreSample) =>
    each.kind !== "ids" || each.promptIds.length + each.completionIds.length > 0;
  const scores = (await subject.scores(samples.filter(isText))).values();
  return samples.map((each) => isText(each) ? scores.next().value ?? NaN : 0);
}

/** Values in no order, the same for a text. */
export function randomValues(count: number, seed: number): number[] {
  const random = seeded(seed);
  return Array.from({ length: count }, random);
}

/** The area under a curve over the parts, by trapezia. */
export function areaUnder(curve: readonly number[]): number {
  return parts.slice(1).reduce(
    (sum, part, i) => sum + (part - parts[i]!) * (curve[i]! + curve[i + 1]!) / 2,
    0,
  );
}
