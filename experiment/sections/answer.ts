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
import { frontierPhases } from "../second_edition.ts";
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
    `**At equal KL**: ${
      atEqualKl.map(({ tokens, comparison }) => differenceText(comparison, tokens)).join("; ") ||
      "no two methods have a seed in common yet"
    }.`,
    "",
    `**How sure is that?** ${sureness(runs)}`,
    "",
  ];
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
function differenceText({ first, second, difference, seeds, holmP }: Comparison, tokens: number) {
  const count = `${seeds.length} ${seeds.length === 1 ? "seed" : "seeds"}`;
  const evidence = seeds.length < 2 ? "no evidence yet" : pValue(holmP);
  return `\`${first}\` - \`${second}\` ${signed(difference.mean)} (` +
    `${tokens} tokens, ${count}, ${evidence})`;
}

/** What the frontier has of what it plans. */
function sureness(runs: readonly Run[]): string {
  const planned = frontierPhases.map((phase) => phases[phase]);
  const arms = sumOf(planned, (phase) => phase.arms.length);
  const jobs = sumOf(planned, (phase) => phase.arms.length * phase.seeds);
  const groups = frontierGroups(runs);
  const done = sumOf(groups, (group) => seedsOf(group).length);
  const whole = groups.filter((group) => seedsOf(group).length >= minSeeds).length;
  const warning = " Until they are there, take this for a direction and not for a result.";
  return "The second edition, which compares methods at equal KL and on texts of equal length, has " +
    `${done} of ${jobs} runs, and ${whole} of ${arms} arms have the ${minSeeds} seeds below which nothing ` +
    `is decided.${whole === arms ? "" : warning}`;
}

function sumOf<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
