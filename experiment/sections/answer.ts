/**
 * Answer: what the runs so far say about which credit to use, for what, and how sure that is. It stands before
 * everything else, and says what is missing rather than more than was measured.
 *
 * @module
 */

import { signed } from "../../src/ppo/report/figures.ts";
import { frontierGroups, stepCurve } from "../frontier.ts";
import { groupsOf, seedsOf } from "../groups.ts";
import { type PhaseName, phases } from "../plan.ts";
import { directionOf, listed, pValue } from "../prose.ts";
import type { Run } from "../results.ts";
import {
  comparedBySetting,
  comparedWithFrontier,
  comparedWithinBudget,
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
  const lengths = [...new Set(frontierGroups(runs).map(({ arm }) => arm.maxNewTokens))].toSorted(
    (one, other) => one - other,
  );
  const atEqualKl = lengths.flatMap((tokens) =>
    equalKlComparisons(runs, tokens, stepCurve).map((comparison) => ({ tokens, comparison }))
  );
  const firm = atEqualKl.filter(({ comparison }) => comparison.seeds.length >= minSeeds);
  return [
    `**Which credit should I use?** ${recommendation(runs, firm.map((each) => each.comparison))}`,
    "",
    `**How sure is that?** ${sureness(runs)}`,
    "",
    `**At equal KL**: ${
      atEqualKl.map(({ tokens, comparison }) => differenceText(comparison, `${tokens} tokens`))
        .join("; ") ||
      "no two methods have a seed in common yet"
    }.`,
    "",
    ...purposeLines(runs),
  ];
}

/** What the other phases say, as far as they are done: without a critic, per unit, each method at its best. */
function purposeLines(runs: readonly Run[]): string[] {
  const units = unitPhases.flatMap((phase) => comparedWithFrontier(runs, phase));
  const tuned = comparedWithinBudget(groupsOf(runs, "tuned"));
  const free = comparedBySetting(groupsOf(runs, "critic-free"));
  const sparse = redAgainstSparse(runs);
  const whole = comparedBySetting(groupsOf(runs, "estimator"));
  const shared = sharedParts(free.map(({ setting }) => setting));
  const found = {
    "Without a critic": free.flatMap(({ setting, comparisons }) => {
      const own = setting.split(", ").filter((part) => !shared.has(part)).join(", ");
      return againstUsual(comparisons).map((each) => differenceText(each, own));
    }),
    "With a critic and lambda 1": whole.flatMap(({ comparisons }) =>
      againstUsual(comparisons).map((each) => differenceText(each))
    ),
    "`red` with a critic and lambda 0.95 against other ways to train on the score alone": sparse
      .map(({ second, ...rest }) => `\`${second}\` ${evidenceText(rest)}`),
    "Per clause or sentence instead of per token": units.map(changeText),
    "Each method at its best setting": againstUsual(tuned).map((each) => differenceText(each)),
  };
  return Object.entries(found).filter(([, texts]) => texts.length > 0)
    .flatMap(([purpose, texts]) => [`**${purpose}**: ${texts.join("; ")}.`, ""]);
}

/** The parts that all settings have, which say nothing of one of them. */
function sharedParts(settings: readonly string[]): Set<string> {
  const [first = [], ...others] = settings.map((setting) => setting.split(", "));
  return new Set(first.filter((part) => others.every((other) => other.includes(part))));
}

const unitPhases = ["units", "units-32", "units-128"] as const satisfies readonly PhaseName[];

function againstUsual(comparisons: readonly Comparison[]): Comparison[] {
  return comparisons.filter(({ second }) => second.startsWith("terminal"));
}

/** As in `red, 64 tokens, coefficient 0.1, credit-unit sentence: +0.1 (5 seeds, p = 0.01)`. */
function changeText({ first, second, ...rest }: Comparison): string {
  return `\`${second}\`, ${first.slice(second.length + ", ".length)}: ${evidenceText(rest)}`;
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
  }; below: ${listed(of("below")) || "none"}. ${advice(of("above"))}`;
}

function advice(above: readonly string[]): string {
  const best = above.includes("`red`") ? "`red`" : above[0];
  return best === undefined
    ? "Use `terminal`."
    : `Use ${best} for a causal reward model whose scores of prefixes mean something, and \`terminal\` otherwise.`;
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

/** As in `abc - terminal +0.31 (64 tokens, 5 seeds, p = 0.01)`. */
function differenceText({ first, second, ...rest }: Comparison, setting?: string): string {
  return `\`${first}\` - \`${second}\` ${evidenceText(rest, setting)}`;
}

function evidenceText(
  { difference, seeds, holmP }: Pick<Comparison, "difference" | "seeds" | "holmP">,
  setting?: string,
): string {
  const count = `${seeds.length} ${seeds.length === 1 ? "seed" : "seeds"}`;
  const evidence = seeds.length < 2 ? "no evidence yet" : pValue(holmP);
  const facts = [...setting === undefined ? [] : [setting], count, evidence];
  return `${signed(difference.mean)} (${facts.join(", ")})`;
}

/** Which phases of the second edition are whole, and what of the others is done. */
function sureness(runs: readonly Run[]): string {
  const states = (Object.keys(secondEdition) as (keyof typeof secondEdition)[])
    .filter((phase) => phases[phase].arms.length > 0)
    .map((phase) => {
      const { arms, seeds } = phases[phase];
      const done = groupsOf(runs, phase).reduce((sum, group) => sum + seedsOf(group).length, 0);
      return { phase, done, planned: arms.length * seeds };
    });
  const names = (chosen: typeof states) =>
    listed(chosen.map(({ phase }) => `\`${phase}\``)) || "none";
  const begun = states.filter(({ done, planned }) => done > 0 && done < planned);
  const counts = begun.map(({ phase, done, planned }) => {
    return `\`${phase}\` (${done} of ${planned} runs)`;
  });
  return "Of the phases that compare methods at equal KL, on texts of equal length, these are whole: " +
    `${names(states.filter(({ done, planned }) => done === planned))}; begun: ` +
    `${listed(counts) || "none"}; not begun: ${names(states.filter(({ done }) => done === 0))}. ` +
    `Fewer than ${minSeeds} seeds decide nothing. All runs are of one policy and of film reviews: ` +
    "elsewhere, take them for a direction.";
}
