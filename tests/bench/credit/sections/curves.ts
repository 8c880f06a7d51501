/**
 * Areas under the curves of deletion and insertion, against those of a random order; more is better in both.
 *
 * @module
 */

import type { ScoredCompletion } from "../../../../src/scorer/scored.ts";
import { unitText } from "../../../../src/text/unit_rule.ts";
import { areaUnder, curvesOf, randomValues } from "../curves.ts";
import { mean } from "../ranking.ts";
import type { Subject } from "../subject.ts";
import { type Choices, credited, type Row, waysOf } from "../ways.ts";

/** Random orders whose mean is chance. */
const seeds = [1, 2, 3];

/** What tokens of a completion are ordered by. */
type Values = (completion: ScoredCompletion, i: number) => number[];

interface Areas {
  readonly deletion: number;
  readonly insertion: number;
}

/** Every way on the texts. */
export async function curves(
  subject: Subject,
  texts: readonly string[],
  choices: Choices,
): Promise<Row[]> {
  const { completions: plain } = await subject.credit(texts, { method: "uniform", beta: 1 });
  const random: Areas[][] = [];
  for (const seed of seeds) {
    const values: Values = ({ rewards }, i) => randomValues(rewards.length, 100 * seed + i);
    random.push(await areasOf(subject, plain, values));
  }
  const chance = (i: number, which: keyof Areas) => mean(random.map((one) => one[i]![which]));
  const rows: Row[] = [];
  for (const way of waysOf(subject, choices)) {
    const own = await areasOf(subject, await credited(subject, texts, way), inTheScoresDirection);
    rows.push({
      method: way.method,
      unit: unitText(way.unit),
      texts: String(texts.length),
      "deletion below random": mean(own.map(({ deletion }, i) => chance(i, "deletion") - deletion)),
      "insertion above random": mean(
        own.map(({ insertion }, i) => insertion - chance(i, "insertion")),
      ),
    });
  }
  return rows;
}

const inTheScoresDirection: Values = ({ rewards, score }) =>
  Array.from(rewards, (reward) => reward * Math.sign(score));

async function areasOf(
  subject: Subject,
  completions: readonly ScoredCompletion[],
  valuesOf: Values,
): Promise<Areas[]> {
  const areas: Areas[] = [];
  for (const [i, completion] of completions.entries()) {
    const { deletion, insertion } = await curvesOf(subject, completion, valuesOf(completion, i));
    areas.push({ deletion: areaUnder(deletion), insertion: areaUnder(insertion) });
  }
  return areas;
}
