/**
 * Noise of training: how much the advantages of a policy's completions vary under `red` at each unit, in parts of
 * what they do under the score alone.
 *
 * @module
 */

import type { ScoredCompletion, ScoreSample } from "../../../../src/scorer/scored.ts";
import { type UnitRule, unitText } from "../../../../src/text/unit_rule.ts";
import { type Noise, noiseOf, withoutDrift } from "../noise.ts";
import type { PromptGroups } from "../prompt_groups.ts";
import type { Subject } from "../subject.ts";
import type { Choices, Row } from "../ways.ts";

/** Shares of the potential that are shown: `red` with this beta. */
const shares = [1, 0.8, 0.5];

/** `red` at each unit that is a potential. A window is none. */
export async function noise(
  subject: Subject,
  { completions, perPrompt }: PromptGroups,
  { units }: Choices,
): Promise<Row[]> {
  const samples = completions.map((each): ScoreSample => ({ kind: "plain", ...each }));
  const read = async (unit: UnitRule) =>
    (await subject.credit(samples, { method: "red", unit, pay: "last", beta: 1 })).completions;
  const single = await read("token");
  const scores = single.map(({ score }) => score);
  const perToken = single.map(potentialOf);
  const rows: Row[] = [];
  for (const unit of units.filter((each) => typeof each !== "object" || !("window" in each))) {
    const own = await read(unit);
    const potentials = own.map(potentialOf);
    const level = withoutDrift(potentials, own.map(startsOf), perToken);
    rows.push(rowOf(unit, {
      all: noiseOf({ scores, potentials, perPrompt }),
      level: noiseOf({ scores, potentials: level, perPrompt }),
    }));
  }
  return rows;
}

function rowOf(unit: UnitRule, { all, level }: { all: Noise; level: Noise }): Row {
  return {
    method: "red",
    unit: unitText(unit),
    ...Object.fromEntries(shares.map((share) => [`beta ${share}`, all.of(share)])),
    "beta 0.8 without drift": level.of(0.8),
    "best beta": all.best,
    "with it": all.of(all.best),
  };
}

/** Per token, what was paid before it. */
function potentialOf({ rewards }: ScoredCompletion): Float64Array {
  let sum = 0;
  return Float64Array.from(rewards, (reward) => (sum += reward) - reward);
}

/** Per token, where its unit begins. */
function startsOf({ rewards, units }: ScoredCompletion): number[] {
  if (units === undefined) return [...rewards.keys()];
  return units.flatMap(({ tokens: [start, end] }) => Array<number>(end - start).fill(start));
}
