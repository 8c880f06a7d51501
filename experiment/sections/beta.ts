/**
 * Beta: how much of the score is best spread.
 *
 * @module
 */

import { signed } from "../../src/ppo/report/figures.ts";
import { colours, drawIntervals } from "../figures.ts";
import { type Group, groupsOf, numbersOf, seedsOf } from "../groups.ts";
import { paperBeta } from "../paper.ts";
import { interval, plusMinus, pValue, table, withSd } from "../prose.ts";
import type { Run } from "../results.ts";
import { endMean, meanOf, runMean } from "../series.ts";
import { estimate, pairedTest } from "../significance.ts";
import { notRun, picture, type Section } from "./section.ts";

const title = "How much to spread";

/** The section of the phase `beta`; its 0.8 is the main phase's, with the same seeds. */
export function betaSection(runs: readonly Run[]): Section {
  const swept = groupsOf(runs, "beta");
  if (swept.length === 0) return notRun(title);
  const seeds = swept.map(seedsOf).reduce((all, own) => all.filter((seed) => own.includes(seed)));
  const usual = runs.filter(({ summary: { phase, method, seed } }) =>
    phase === "main" && method === "abc" && seeds.includes(seed)
  );
  const groups = [...swept, ...groupsOf(usual, "main")]
    .toSorted((one, other) => one.arm.beta - other.arm.beta);
  const sentences = (["over training", "at the end"] as const).map((when) =>
    trend(groups, seeds, when)
  );
  return {
    claims: sentences,
    figures: { "beta.svg": figureOf(groups) },
    lines: [
      `## ${title}`,
      "",
      "`abc` with other values of beta, completions of 8 to 16 tokens.",
      "",
      ...picture("beta.svg", "Score over training for each beta, with its interval"),
      ...table(
        ["beta", "seeds", "over training", "last ten steps", "paper: over training"],
        groups.map((group) => [
          String(group.arm.beta),
          String(seedsOf(group).length),
          plusMinus(estimate(numbersOf(group, scoreOf["over training"]))),
          withSd(estimate(numbersOf(group, scoreOf["at the end"]))),
          String(paperBeta[String(group.arm.beta)] ?? ""),
        ]),
      ),
      ...sentences,
      "",
      "The slope is fitted to each seed's runs. The paper's means rise by 0.86 from beta 0 to 1 over",
      "training, and from 0.2 up hardly at all at the end.",
      "",
    ],
  };
}

const scoreOf = {
  "over training": (run: Run) => runMean(run, "score_mean"),
  "at the end": (run: Run) => endMean(run, "score_mean", "last"),
};

function trend(
  groups: readonly Group[],
  seeds: readonly number[],
  when: keyof typeof scoreOf,
): string {
  const slopes = seeds.map((seed) =>
    slopeOf(
      groups.flatMap(({ arm, runs }) =>
        runs.filter(({ summary }) => summary.seed === seed).map((run) => ({
          x: arm.beta,
          y: scoreOf[when](run),
        }))
      ),
    )
  );
  if (slopes.length < 2) return `Too few seeds to tell whether beta matters ${when}.`;
  const { difference, tP } = pairedTest(slopes, slopes.map(() => 0));
  const found = tP < 0.05
    ? `A larger beta gives a ${difference.mean > 0 ? "higher" : "lower"} score ${when}`
    : `No effect of beta on the score ${when} could be shown`;
  return `${found}: slope ${signed(difference.mean)} per unit of beta, 95 % interval ${
    interval(difference)
  }, ${pValue(tP)}.`;
}

/** Least squares. */
function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): number {
  const [x, y] = [meanOf(points.map((each) => each.x)), meanOf(points.map((each) => each.y))];
  const across = points.reduce((sum, each) => sum + (each.x - x) * (each.y - y), 0);
  return across / points.reduce((sum, each) => sum + (each.x - x) ** 2, 0);
}

function figureOf(groups: readonly Group[]): string {
  const bars = groups.map((group) => {
    const { mean, low, high } = estimate(numbersOf(group, scoreOf["over training"]));
    return { name: String(group.arm.beta), colour: colours["abc"]!, value: mean, low, high };
  });
  return drawIntervals(bars, { x: "beta", y: "score over training, 95 % interval" });
}
