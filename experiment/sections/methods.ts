/**
 * Methods: which credit method learns fastest and scores highest.
 *
 * @module
 */

import { compact } from "../../src/ppo/report/figures.ts";
import { drawLines } from "../figures.ts";
import { bandOf, type Group, groupsOf, numbersOf, stepReaching } from "../groups.ts";
import { paperBestStep, paperMain } from "../paper.ts";
import { plusMinus, table, verdict, withSd } from "../prose.ts";
import type { Run } from "../results.ts";
import { endMean, runMean } from "../series.ts";
import { estimate } from "../significance.ts";
import type { Comparison } from "../statistics.ts";
import { compareScores } from "./comparisons.ts";
import { bullets, linesOf, notRun, picture, type Section } from "./section.ts";

const title = "Methods compared";

/** The section of the phase `main`. */
export function methodsSection(runs: readonly Run[]): Section {
  const groups = groupsOf(runs, "main");
  if (groups.length === 0) return notRun(title);
  const { overTraining, lines } = compareScores(pairsOf(groups));
  const reaching = reachingLines(groups);
  return {
    claims: [
      ...overTraining.filter(isHeadline).map((each) => verdict(each, "score over training")),
      ...reaching.slice(0, 1),
    ],
    figures: { "methods.svg": drawLines(linesOf(groups, "score_mean"), axes) },
    lines: [
      `## ${title}`,
      "",
      ...picture("methods.svg", "Mean score of each method by step"),
      "Lines are means over seeds, bands one standard deviation. A score is the reward model's log-odds that a",
      "text is positive. The paper's scores are of another model and on another scale, so compare the order of",
      "methods only; its ± is two standard errors.",
      "",
      ...scoreTable(groups),
      ...lines,
      "Steps to the best level that `terminal` reaches on average:",
      "",
      ...bullets(reaching),
    ],
  };
}

const axes = { x: "step", y: "score (reward model, mean of the batch)" };

/** Every method against both controls, and the methods that the paper lacks against `abc`. */
function pairsOf(groups: readonly Group[]): [Group, Group][] {
  const named = (name: string) => groups.find((group) => group.name === name);
  const controls = ["terminal", "uniform"];
  const wanted = [
    ...groups.map(({ name }) => [name, "terminal"]),
    ...groups.filter(({ name }) => name !== "terminal").map(({ name }) => [name, "uniform"]),
    ...groups.filter(({ name }) => !controls.includes(name)).map(({ name }) => [name, "abc"]),
  ];
  return wanted.flatMap(([first, second]): [Group, Group][] => {
    const [one, other] = [named(first!), named(second!)];
    return one === undefined || other === undefined || one === other ? [] : [[one, other]];
  });
}

/** The comparisons of the paper's method, and of the one that is better. */
function isHeadline({ first, second }: Comparison): boolean {
  return first === "abc" || (first === "red" && second !== "uniform");
}

function scoreTable(groups: readonly Group[]): string[] {
  const rows = groups.map((group) => {
    const paper = paperMain[group.name];
    const last = estimate(numbersOf(group, (run) => endMean(run, "score_mean", "last")));
    return [
      `\`${group.name}\``,
      String(last.n),
      plusMinus(estimate(numbersOf(group, (run) => runMean(run, "score_mean")))),
      withSd(last),
      paper === undefined ? "" : `${paper.runMean} ± ${paper.runMeanError}`,
      paper?.last === undefined ? "" : `${paper.last[0]} (sd ${paper.last[1]})`,
    ];
  });
  const heads = ["method", "seeds", "over training", "last ten steps"];
  return table([...heads, "paper: over training", "paper: last ten"], rows);
}

const paperReaching = ` (paper: at step ${paperBestStep.abc}, ` +
  `${shareOf(paperBestStep.abc, paperBestStep.terminal)} of the way)`;

function shareOf(step: number, of: number): string {
  return `${Math.round(100 * step / of)} %`;
}

/** When each method reaches the best mean of `terminal`; both are maxima over steps, so equally biased. */
function reachingLines(groups: readonly Group[]): string[] {
  const bands = groups.map((group) => ({ name: group.name, band: bandOf(group, "score_mean") }));
  const control = bands.find(({ name }) => name === "terminal")?.band;
  if (control === undefined) return [];
  const best = Math.max(...control.map(({ mean }) => mean));
  const own = stepReaching(control, best)!;
  return bands.filter(({ name }) => name !== "terminal").map(({ name, band }) => {
    const step = stepReaching(band, best);
    const paper = name === "abc" ? paperReaching : "";
    const level = `${compact(best)}, the best mean of \`terminal\` (step ${own})`;
    return step === undefined
      ? `\`${name}\` does not reach ${level}, in ${control.at(-1)!.step} steps${paper}.`
      : `\`${name}\` reaches ${level}, at step ${step}, ${shareOf(step, own)} of the way${paper}.`;
  });
}
