/**
 * Answer: what the runs so far say about which credit to use, for what, and how sure that is. It stands before
 * everything else, and says what is missing rather than more than was measured.
 *
 * @module
 */

import { signed } from "../../src/ppo/report/figures.ts";
import { usualKlCoefficient } from "../arms.ts";
import { comparedKl, nats } from "../frontier.ts";
import { groupsOf, seedsOf } from "../groups.ts";
import { type PhaseName, phases } from "../plan.ts";
import { directionOf, listed, methodOf, pValue, significance, table } from "../prose.ts";
import type { Run } from "../results.ts";
import {
  changePhases,
  comparedWithUnchanged,
  questions,
  redAgainstSparse,
  unitsAgainstSparse,
} from "../second_comparisons.ts";
import { secondEdition } from "../second_edition.ts";
import { runMean } from "../series.ts";
import {
  isFirm,
  minSeeds,
  type Setting,
  settingsOf,
  shown,
  type Standing,
  standingsOf,
  usualSetting,
} from "../standings.ts";
import { compareGroups, type Comparison } from "../statistics.ts";

/** Phases of the first edition in which texts of different methods are alike. */
const alike = ["main", "masked"] as const satisfies readonly PhaseName[];

/** The lines, without a heading. */
export function answerLines(runs: readonly Run[]): string[] {
  const settings = settingsOf(runs);
  const standings = standingsOf(settings);
  return [
    `**Which credit should I use?** ${recommendation(runs, standings)}`,
    "",
    ...purposeLines(standings),
    `**How sure is that?** ${sureness(runs)}`,
    "",
    ...settings.length === 0 ? [] : settingsLines(settings),
    ...changeLines(runs),
    `**What is done?** ${progress(runs)}`,
    "",
  ];
}

function purposeLines(standings: readonly Standing[]): string[] {
  if (standings.length === 0) return [];
  return [
    "**For what?** Compared with `terminal`, which pays the whole score on the last token, at the same KL from the " +
    `initial policy: ${standings.map(purposeOf).join("; ")}.`,
    "",
  ];
}

/** More settings than these are found in the table, in bold. */
const mostNames = 3;

function names(findings: Standing["findings"]): string {
  return findings.map(({ name }) => name).join("; ");
}

/** As in ``red` scores 0.1 to 0.54 higher, which is shown in 4 of 7 settings (...), and lower in none`. */
function purposeOf(standing: Standing): string {
  const { method, findings } = standing;
  const gains = findings.map(({ comparison }) => comparison.difference.mean);
  const where = (direction: "above" | "below") => {
    const own = shown(standing, direction);
    if (own.length === 0) return "none";
    return own.length > mostNames ? String(own.length) : `${own.length} (${names(own)})`;
  };
  const range = [Math.min(...gains), Math.max(...gains)].map((gain) =>
    signed(Number(gain.toFixed(2)))
  );
  return `the score of \`${method}\` differs by ${
    range.join(" to ")
  } over ${findings.length} settings; it is ` +
    `shown to be higher in ${where("above")} and lower in ${where("below")}`;
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
    `Differences between methods in score at equal KL, ${nats(comparedKl)} per completion, ` +
    `with ${usualSetting}, PPO with a critic that shares the policy's weights, and lambda 0.95, unless the setting ` +
    `says otherwise (p corrected over a column; a seed counts where both runs reach ${comparedKl.to} nats, and the last ` +
    "column has the fewest):",
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
  const sparse = [...unitsAgainstSparse(runs), ...redAgainstSparse(runs)].map((each) => (
    { ...each, second: `${each.second} (not planned)` }
  ));
  const rows = [...changes, ...sparse].map((each) => [
    withoutUsual(each.first),
    withoutUsual(each.second),
    differenceCell(each),
    String(each.seeds.length),
  ]);
  if (rows.length === 0) return [];
  const intro =
    "What a change brings to a method, in score at the same KL, settings as above (p corrected over a phase):";
  return [intro, "", ...table(["runs", "against", "difference", "seeds"], rows)];
}

/** As in `**+0.31** (p = 0.01)`, bold where a difference is shown. */
function differenceCell(comparison: Comparison): string {
  const number = meanOf(comparison);
  if (!isFirm(comparison)) return `${number} (few seeds)`;
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

/** By the firm comparisons at equal KL, or those of the first edition until there are some. */
function recommendation(runs: readonly Run[], standings: readonly Standing[]): string {
  if (standings.length === 0) return firstRecommendation(runs);
  const usual = usualReward(runs);
  const best = standings.find((standing) =>
    2 * shown(standing, "above").length >= standing.findings.length &&
    shown(standing, "below").length === 0
  );
  if (best === undefined) return `${capitalised(usual)}: no other was shown to be better.`;
  const others = standings.filter((standing) => shown(standing, "above").length === 0)
    .map(({ method }) => `\`${method}\``);
  const rest = others.length === 0 ? "" : ` No gain by ${listed(others)} could be shown.`;
  return `\`${best.method}\`, per token, if the reward model is causal and its scores of half a text mean ` +
    `something; otherwise ${usual}.${rest}`;
}

/** Of one KL coefficient and short texts, of which methods end at different KL. */
function firstRecommendation(runs: readonly Run[]): string {
  const known = alike.flatMap((phase) => againstTerminal(runs, phase));
  if (known.length === 0) return "No two methods have been compared yet.";
  const of = (direction: "above" | "below") =>
    [...new Set(known.map(({ first }) => first))].filter((method) =>
      known.filter(({ first }) => first === method).every((each) => directionOf(each) === direction)
    ).map((method) => `\`${method}\``);
  const [best] = of("above").toSorted((one, other) => other.localeCompare(one));
  return `With one KL coefficient, 0.1, and up to 16 tokens (the first edition, ${
    listed(alike.map((phase) => `\`${phase}\``))
  }), above \`terminal\`, the score on the last token: ${listed(of("above")) || "none"}; below: ${
    listed(of("below")) || "none"
  }. Use ${best ?? usualReward(runs)}.`;
}

/** The usual reward, with the critic that it was found to train better with, if any. */
function usualReward(runs: readonly Run[]): string {
  const gains = comparedWithUnchanged(runs, "critics").some((each) =>
    /^terminal.*, a critic of its own$/.test(each.first) && isFirm(each) &&
    directionOf(each) === "above"
  );
  return gains ? "`terminal` with a critic of its own (`--critic separate`)" : "`terminal`";
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
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
  const states = statesOf(runs);
  const [done, planned] = (["done", "planned"] as const).map((count) =>
    states.reduce((sum, state) => sum + state[count], 0)
  );
  return "Trust the directions more than the sizes. Each setting has five seeds or more, which settings share; " +
    `fewer than ${minSeeds} decide nothing. "Shown" is p < ${significance} by a paired t-test with Holm's correction over ` +
    "the settings, all of which are 50 steps of one policy of 3.3 million weights, with texts of one length about films; " +
    `${done} of ${planned} planned runs are done.`;
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
