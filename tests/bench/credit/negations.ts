/**
 * Negations: whether a model knows what "not" does to a word of blame, by a list of 100 pairs as
 * ["not bad", "bad"], which the recipe of the bundled model measures as well.
 *
 * @module
 */

import pairs from "../../../models/recipe/negations.json" with { type: "json" };
import { mean } from "./ranking.ts";
import type { Subject } from "./subject.ts";

/** Parts of the pairs, 0 to 1. */
export interface Negations {
  readonly pairs: number;
  /** The negated text scores above the plain one. */
  readonly above: number;
  /** It scores above 0. */
  readonly positive: number;
  /** Both. */
  readonly understood: number;
}

/** How a model scores the pairs. */
export async function negationsOf(subject: Pick<Subject, "scores">): Promise<Negations> {
  const texts = pairs.flat();
  const scores = await subject.scores(
    texts.map((completion) => ({ kind: "plain", prompt: "", completion })),
  );
  const both = pairs.map((_, i) => [scores[2 * i]!, scores[2 * i + 1]!] as const);
  const part = (holds: (negated: number, plain: number) => boolean) =>
    mean(both.map((scored) => Number(holds(...scored))));
  return {
    pairs: pairs.length,
    above: part((negated, plain) => negated > plain),
    positive: part((negated) => negated > 0),
    understood: part((negated, plain) => negated > plain && negated > 0),
  };
}
