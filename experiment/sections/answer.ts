/**
 * Answer: what the runs so far say about which credit to use, for what, and how sure that is. It stands before
 * everything else, and says what is missing rather than more than was measured.
 *
 * @module
 */

import { signed } from "../../src/ppo/report/figures.ts";
import { usualKlCoefficient } from "../arms.ts";
import { frontierGroups, stepCurve } from "../frontier.ts";
import { groupsOf, seedsOf } from "../groups.ts";
import { type PhaseName, phases } from "../plan.ts";
import { directionOf, listed, pValue, table } from "../prose.ts";
import type { Run } from "../results.ts";
import {
  changePhases,
  comparedBySetting,
  comparedWithinBudget,
  comparedWithUnchanged,
  questions,
  redAgainstSparse,
} from "../second_comparisons.ts";
import { secondEdition } from "../second_edition.ts";
import { runMean } from "../series.ts";
import { compareGroups, type Comparison } from "../statistics.ts";
import { equalKlComparisons } from "./frontier.ts";

/** Fewer pairs than this decide nothing: not even all of one sign are unlikely by chance. */
const minSeeds = 5;

/** Phases of the first edition in which texts of different methods are alike. */
const alike = ["main", "masked"] as const satisfies readonly PhaseName[];

/** The lines, without a heading. */
export function answerLines(runs: readonly Run[]): string[] {
  const settings = settingsOf(runs);
  const firm = settings.filter(({ phase }) => phase === "frontier")
    .flatMap(({ comparisons }) => comparisons.filter(isFirm));
  return [
    `**Which credit should I use?** ${recommendation(runs, firm)}`,
    "",
    ...purposeLines(settings),
    `**How sure is that?** ${sureness(runs)}`,
    "",
    ...settings.length === 0 ? [] : settingsLines(settings),
    ...changeLines(runs),
    `**What is done?** ${progress(runs)}`,
    "",
  ];
}

/** Methods that are compared in one setting. */
interface Setting {
  readonly phase: "frontier" | "other";
  /** As in `32 tokens` or `RLOO in groups of 4`. */
  readonly name: string;
  readonly comparisons: readonly Comparison[];
}

/** Phases in which methods are compared under one setting or several. */
const settingPhases = [
  "estimator",
  "estimator-outer",
  "critic-free",
  "critics",
  "reward-models",
] as const satisfies readonly PhaseName[];

/** Every setting in which methods are compared, those of the frontier first. */
function settingsOf(runs: readonly Run[]): Setting[] {
  const lengths = [...new Set(frontierGroups(runs).map(({ arm }) => arm.maxNewTokens))]
    .toSorted((one, other) => one - other);
  const frontier = lengths.map((tokens): Setting => ({
    phase: "frontier",
    name: `${tokens} tokens`,
    comparisons: equalKlComparisons(runs, tokens, stepCurve),
  }));
  const others = settingPhases.flatMap((phase) => comparedBySetting(groupsOf(runs, phase)))
    .map(({ setting, comparisons }): Setting => (
      { phase: "other", name: setting.replace(`${usualSetting}, `, ""), comparisons }
    ));
  const tuned: Setting = {
    phase: "other",
    name: "each method's best setting",
    comparisons: comparedWithinBudget(groupsOf(runs, "tuned")),
  };
  return [...frontier, ...others, tuned].filter(({ comparisons }) => comparisons.length > 0);
}

/** What settings have in common with the frontier, and need not say. */
const usualSetting = `64 tokens, coefficient ${usualKlCoefficient}`;

/** For each method in how many settings it is above the usual reward, and where it is not. */
function purposeLines(settings: readonly Setting[]): string[] {
  const found = settings.flatMap(({ name, comparisons }) =>
    comparisons.filter(isFirm).filter(({ second }) => second.startsWith("terminal"))
      .map((comparison): Finding => ({ method: methodOf(comparison.first), name, comparison }))
  );
  if (found.length === 0) return [];
  const best = [...Map.groupBy(found, ({ method }) => method)].toSorted(([one], [other]) =>
    other.localeCompare(one)
  );
  const sentences = best.map(([method, own]) => `\`${method}\` ${standing(own)}.`);
  return [`**For what?** At equal KL with \`terminal\`, ${sentences.join(" ")}`, ""];
}

/** A method against the usual reward, under a setting. */
interface Finding {
  readonly method: string;
  readonly name: string;
  readonly comparison: Comparison;
}

/** As in `is above it in 2 of 3 settings, by 0.14 to 0.48 (32 tokens; 64 tokens), below it in none, and ...`. */
function standing(findings: readonly Finding[]): string {
  const of = (direction: "above" | "below" | "unclear") =>
    findings.filter(({ comparison }) => directionOf(comparison) === direction);
  const where = (own: readonly Finding[], between = "") =>
    own.length === 0
      ? "none"
      : `${own.length}${between} (${own.map(({ name }) => name).join("; ")})`;
  const [above, below, unclear] = [of("above"), of("below"), of("unclear")];
  const gains = above.map(({ comparison }) => comparison.difference.mean);
  const ends = new Set([Math.min(...gains).toFixed(2), Math.max(...gains).toFixed(2)]);
  const range = `, by ${[...ends].join(" to ")}`;
  return `is above it in ${where(above, ` of ${findings.length} settings${range}`)}, ` +
    `below it in ${where(below)}, and cannot be told from it in ${where(unclear)}`;
}

function isFirm({ seeds }: Comparison): boolean {
  return seeds.length >= minSeeds;
}

/** A setting in a row, and what is asked in columns. */
function settingsLines(settings: readonly Setting[]): string[] {
  const rows = settings.map(({ name, comparisons }) => {
    const cells = questions.map(([first, second]) => {
      const own = comparisons.find((each) =>
        methodOf(each.first) === first && methodOf(each.second) === second
      );
      return own === undefined ? "" : differenceCell(own);
    });
    return [name, ...cells, String(Math.min(...comparisons.map(({ seeds }) => seeds.length)))];
  });
  return [
    `Differences between methods, in score at equal KL (of best settings, the best score within a budget of KL), ` +
    `with ${usualSetting}, a critic that shares the policy's weights and lambda 0.95 unless the setting says otherwise:`,
    "",
    ...table(
      ["setting", ...questions.map(([first, second]) => `\`${first}\` - \`${second}\``), "seeds"],
      rows,
    ),
  ];
}

/** What a change brings to a method by itself, and `red` over the other ways to train on the score alone. */
function changeLines(runs: readonly Run[]): string[] {
  const changes = changePhases.flatMap((phase) => comparedWithUnchanged(runs, phase));
  const sparse = redAgainstSparse(runs).map((each) => (
    { ...each, second: `${each.second} (not planned)` }
  ));
  const rows = [...changes, ...sparse].map((each) => [
    withoutUsual(each.first),
    withoutUsual(each.second),
    differenceCell(each),
    String(each.seeds.length),
  ]);
  if (rows.length === 0) return [];
  const intro = "What a change brings to a method, in score at equal KL, settings as above:";
  return [intro, "", ...table(["runs", "against", "difference", "seeds"], rows)];
}

/** As in `**+0.31** (p = 0.01)`, bold where a difference is shown. */
function differenceCell(comparison: Comparison): string {
  const number = meanOf(comparison);
  if (!isFirm(comparison)) return `${number} (few seeds yet)`;
  const shown = directionOf(comparison) === "unclear" ? number : `**${number}**`;
  return `${shown} (${pValue(comparison.holmP)})`;
}

/** To a thousandth, which is less than a seed changes. */
function meanOf({ difference }: Comparison): string {
  return signed(Math.round(difference.mean * 1_000) / 1_000);
}

/** A group's name without what settings need not say. */
function withoutUsual(name: string): string {
  return name.replace(`, ${usualSetting}`, "").replace(`, coefficient ${usualKlCoefficient}`, "");
}

/** The method that a group is of, by its name. */
function methodOf(name: string): string {
  return name.split(",")[0]!;
}

/** By the firm comparisons at equal KL, or those of the first edition until there are some. */
function recommendation(runs: readonly Run[], firm: readonly Comparison[]): string {
  const atOneCoefficient = alike.flatMap((phase) => againstTerminal(runs, phase));
  const known = firm.filter(({ second }) => second === "terminal");
  const basis = known.length > 0 ? known : atOneCoefficient;
  if (basis.length === 0) return "No two methods have been compared yet.";
  const of = (direction: "above" | "below") =>
    [...new Set(basis.map(({ first }) => first))].filter((method) =>
      basis.filter(({ first }) => first === method).every((each) => directionOf(each) === direction)
    ).map((method) => `\`${method}\``);
  const where = known.length > 0
    ? "At equal KL"
    : `With one KL coefficient, 0.1, and up to 16 tokens (the first edition, ${
      listed(alike.map((phase) => `\`${phase}\``))
    })`;
  return `${where}, above \`terminal\`, the score on the last token: ${
    listed(of("above")) || "none"
  }; below: ${listed(of("below")) || "none"}. ${advice(of("above"), usualReward(runs))}`;
}

function advice(above: readonly string[], usual: string): string {
  const best = above.includes("`red`") ? "`red`" : above[0];
  return best === undefined
    ? `Use ${usual}.`
    : `Use ${best} for a causal reward model whose scores of prefixes mean something, and ${usual} otherwise.`;
}

/** The usual reward, with the critic that it was found to train better with, if any. */
function usualReward(runs: readonly Run[]): string {
  const gains = comparedWithUnchanged(runs, "critics").some((each) =>
    /^terminal.*, a critic of its own$/.test(each.first) && isFirm(each) &&
    directionOf(each) === "above"
  );
  return gains ? "`terminal` with a critic of its own (`--critic separate`)" : "`terminal`";
}

function againstTerminal(runs: readonly Run[], phase: PhaseName): Comparison[] {
  const groups = groupsOf(runs, phase);
  const terminal = groups.find(({ name }) => name === "terminal");
  if (terminal === undefined) return [];
  return compareGroups(
    groups.filter((group) => group !== terminal).map((group) => [group, terminal]),
    (run) => runMean(run, "score_mean"),
  );
}

function sureness(runs: readonly Run[]): string {
  const { done, planned } = statesOf(runs).reduce((sum, state) => (
    { done: sum.done + state.done, planned: sum.planned + state.planned }
  ), { done: 0, planned: 0 });
  return `Texts are of one length, arms differ in one thing, and differences are of runs of the same seed ` +
    `(paired t-tests, corrected by Holm's method over a row of the table or a phase); fewer than ${minSeeds} seeds ` +
    "decide nothing. All runs are of one policy of 3.3 million weights and of film reviews: elsewhere, take them " +
    `for a direction. ${done} of ${planned} planned runs are done.`;
}

/** What is done of a phase of the second edition. */
interface State {
  readonly phase: PhaseName;
  readonly done: number;
  readonly planned: number;
}

function statesOf(runs: readonly Run[]): State[] {
  return (Object.keys(secondEdition) as (keyof typeof secondEdition)[])
    .filter((phase) => phases[phase].arms.length > 0)
    .map((phase) => {
      const { arms, seeds } = phases[phase];
      const done = groupsOf(runs, phase).reduce((sum, group) => sum + seedsOf(group).length, 0);
      return { phase, done, planned: arms.length * seeds };
    });
}

/** Which phases of the second edition are whole, and what of the others is done. */
function progress(runs: readonly Run[]): string {
  const states = statesOf(runs);
  const names = (chosen: readonly State[]) =>
    listed(chosen.map(({ phase }) => `\`${phase}\``)) || "none";
  const begun = states.filter(({ done, planned }) => done > 0 && done < planned)
    .map(({ phase, done, planned }) => `\`${phase}\` (${done} of ${planned} runs)`);
  const whole = states.filter(({ done, planned }) => done === planned);
  return `Of the phases of the second edition these are whole: ${names(whole)}; begun: ` +
    `${listed(begun) || "none"}; not begun: ${names(states.filter(({ done }) => done === 0))}.`;
}
