/**
 * Beta: the share of the score that is spread.
 *
 * @module
 */

import { signed } from "../../src/ppo/report/figures.ts";
import { colours, drawIntervals } from "../figures.ts";
import { type Group, groupsOf, numbersOf, seedsOf } from "../groups.ts";
import { paperBeta } from "../paper.ts";
import { armName } from "../plan.ts";
import {
  comparisonTable,
  grouped,
  interval,
  plusMinus,
  pValue,
  significance,
  table,
  verdict,
  withSd,
} from "../prose.ts";
import type { Run } from "../results.ts";
import { endMean, meanOf, runMean } from "../series.ts";
import { estimate, pairedTest } from "../significance.ts";
import { compareGroups } from "../statistics.ts";
import { collapseCell, collapseSentences } from "./collapses.ts";
import { bullets, notRun, picture, type Section } from "./section.ts";

const title = "Beta";

const scoreOf = {
  "over training": (run: Run) => runMean(run, "score_mean"),
  "at the end": (run: Run) => endMean(run, "score_mean", "last"),
};

type When = keyof typeof scoreOf;

/** The arms of the phase `beta` in order; 0.8 is from the main phase, with the same seeds. */
export function betaGroups(runs: readonly Run[]): Group[] {
  const swept = groupsOf(runs, "beta");
  if (swept.length === 0) return [];
  const seeds = commonSeeds(swept);
  const usual = runs.filter(({ summary: { phase, method, seed } }) =>
    phase === "main" && method === "abc" && seeds.includes(seed)
  );
  const renamed = groupsOf(usual, "main")
    .map((group) => ({ ...group, name: armName("beta", group.arm) }));
  return [...swept, ...renamed].toSorted((one, other) => one.arm.beta - other.arm.beta);
}

/** The section of the phase `beta`. */
export function betaSection(runs: readonly Run[]): Section {
  const groups = betaGroups(runs);
  if (groups.length === 0) return notRun(title);
  const slopes = (["over training", "at the end"] as const).map((when) => trend(groups, when));
  const collapses = collapseSentences(groups);
  return {
    claims: [...slopes, ...collapses],
    figures: { "beta.svg": figureOf(groups) },
    lines: [
      `## ${title}`,
      "",
      "`abc` with other values of beta, completions of 8 to 16 tokens.",
      "",
      ...picture("beta.svg", "Score over training for each beta, with its interval"),
      ...betaTable(groups),
      ...bullets(collapses),
      ...slopes,
      "",
      "The slope is that of a linear fit to each seed's runs. As the relation need not be linear, each beta is",
      "also compared with 0:",
      "",
      ...(["over training", "at the end"] as const).flatMap((when) => againstNone(groups, when)),
      ...sameAsTerminal(groups, runs),
      "The paper's means over training rise by 0.86 from beta 0 to 1; at the end they hardly rise above 0.2.",
      "",
    ],
  };
}

function commonSeeds(groups: readonly Group[]): number[] {
  return groups.map(seedsOf).reduce((all, own) => all.filter((seed) => own.includes(seed)));
}

function betaTable(groups: readonly Group[]): string[] {
  return table(
    ["beta", "seeds", "over training", "last ten steps", "collapsed", "paper: over training"],
    groups.map((group) => [
      String(group.arm.beta),
      String(seedsOf(group).length),
      plusMinus(estimate(numbersOf(group, scoreOf["over training"]))),
      withSd(estimate(numbersOf(group, scoreOf["at the end"]))),
      collapseCell(group),
      String(paperBeta[String(group.arm.beta)] ?? ""),
    ]),
  );
}

/** The slope of a linear fit to each seed's runs, with a t-test over the seeds. */
function trend(groups: readonly Group[], when: When): string {
  const slopes = commonSeeds(groups).map((seed) =>
    slopeOf(groups.flatMap(({ arm, runs }) =>
      runs.filter(({ summary }) => summary.seed === seed)
        .map((run) => ({ x: arm.beta, y: scoreOf[when](run) }))
    ))
  );
  if (slopes.length < 2) return `Too few seeds to test whether the score ${when} depends on beta.`;
  const { difference, tP } = pairedTest(slopes, slopes.map(() => 0));
  const found = tP < significance
    ? `The score ${when} ${difference.mean > 0 ? "rises" : "falls"} with beta`
    : `No trend of the score ${when} with beta could be shown`;
  return `${found}: slope ${signed(difference.mean)} per unit of beta, 95 % interval ${
    interval(difference)
  }, ${pValue(tP)}.`;
}

function againstNone(groups: readonly Group[], when: When): string[] {
  const none = groups.find(({ arm }) => arm.beta === 0);
  if (none === undefined) return [];
  const pairs = groups.filter((group) => group !== none).map((group) => [group, none] as const);
  const comparisons = compareGroups(pairs, scoreOf[when]);
  return [
    when === "over training" ? "Over training:" : "Over the last ten steps:",
    "",
    ...comparisonTable(comparisons),
    ...bullets(grouped(comparisons, `score ${when}`)),
  ];
}

/** With beta 0 both methods are the same, so their difference shows the effect of chance. */
function sameAsTerminal(groups: readonly Group[], runs: readonly Run[]): string[] {
  const none = groups.find(({ arm }) => arm.beta === 0);
  const terminal = groupsOf(runs, "main").find(({ name }) => name === "terminal");
  if (none === undefined || terminal === undefined) return [];
  const [comparison] = compareGroups([[none, terminal]], scoreOf["over training"]);
  return [
    "With beta 0 `abc` equals `terminal`, so these two should not differ:",
    "",
    ...bullets([verdict(comparison!, "score over training")]),
  ];
}

/** The slope of a least-squares fit. */
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
