/**
 * Planted sentences: how far a plant's credit goes with what the plant changed, and how well its words stand out.
 *
 * @module
 */

import { unitText } from "../../../../src/text/unit_rule.ts";
import { chanceOf, paidWithin, precisionOf } from "../marked_tokens.ts";
import { type Planted, plantedTexts, plantKinds } from "../planted.ts";
import { correlation, mean } from "../ranking.ts";
import type { Subject } from "../subject.ts";
import { type Choices, credited, type Row, tokensOf, type Way, waysOf } from "../ways.ts";

/** Below this change of the score a plant decided nothing. */
const LEAST_CHANGE = 0.5;

/** A planted text, and what its plant changes. */
interface Known extends Planted {
  /** The score less that of the neutral twin. */
  readonly change: number;
}

/** Every way on the texts whose plant decides, and any order. */
export async function planted(subject: Subject, choices: Choices): Promise<Row[]> {
  const known = await decidedBy(subject, plantedTexts(choices.count, 7));
  const rows: Row[] = [];
  for (const way of waysOf(subject, choices)) rows.push(await rowOf(subject, known, way));
  const tokens = await tokensOf(subject, known.map(({ text }) => text));
  const chance = known.map(({ marked }, i) => chanceOf(tokens[i]!, [marked]));
  return [...rows, {
    method: "any order",
    unit: "",
    texts: String(known.length),
    "correlation with the change": 0,
    "right sign": 0.5,
    ...precisions(known, chance),
  }];
}

async function decidedBy(subject: Subject, all: readonly Planted[]): Promise<Known[]> {
  const scores = await subject.scores(
    [...all.map(({ text }) => text), ...all.map(({ neutral }) => neutral)]
      .map((completion) => ({ kind: "plain", prompt: "", completion })),
  );
  return all.map((text, i) => ({ ...text, change: scores[i]! - scores[all.length + i]! }))
    .filter(({ change }) => Math.abs(change) >= LEAST_CHANGE);
}

async function rowOf(subject: Subject, known: readonly Known[], way: Way): Promise<Row> {
  const completions = await credited(subject, known.map(({ text }) => text), way);
  const paid = known.map(({ plant }, i) => paidWithin(completions[i]!, plant));
  const changes = known.map(({ change }) => change);
  return {
    method: way.method,
    unit: unitText(way.unit),
    texts: String(known.length),
    "correlation with the change": correlation(paid, changes),
    "right sign": mean(changes.map((change, i) => Number(change * paid[i]! > 0))),
    ...precisions(
      known,
      known.map(({ marked, change }, i) =>
        precisionOf(completions[i]!, { marks: [marked], sign: Math.sign(change) })
      ),
    ),
  };
}

/** Over all texts, and over those of each kind. */
function precisions(known: readonly Known[], each: readonly number[]): Row {
  const ofKind = (kind: string) => mean(each.filter((_, i) => known[i]!.kind === kind));
  return {
    "average precision": mean(each),
    ...Object.fromEntries(plantKinds.map((kind) => [kind, ofKind(kind)])),
  };
}
