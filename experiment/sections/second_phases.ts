/**
 * Second phases: remedies for the critic, lambda and gamma, units, and settings to choose from. Each is listed
 * by its arms, with what of it is done.
 *
 * @module
 */

import { compact } from "../../src/ppo/report/figures.ts";
import { type Group, groupsOf, numbersOf, seedsOf } from "../groups.ts";
import { type PhaseName, phases } from "../plan.ts";
import { plusMinus, table } from "../prose.ts";
import type { Run } from "../results.ts";
import { endMean } from "../series.ts";
import { estimate } from "../significance.ts";
import type { Section } from "./section.ts";

/** In the order of the issue that they answer. */
const names = [
  "tuning",
  "estimator",
  "units",
  "critics",
] as const satisfies readonly PhaseName[];

/** Of every phase of the second edition but those of the frontier. */
export function secondPhasesSection(runs: readonly Run[]): Section {
  return {
    claims: [],
    figures: {},
    lines: [
      "## Other phases of the second edition",
      "",
      "Their predictions are in [reward to go](reward-to-go.md).",
      "",
      ...names.flatMap((name) => linesOf(name, groupsOf(runs, name))),
    ],
  };
}

function linesOf(name: PhaseName, groups: readonly Group[]): string[] {
  const { summary, arms, seeds } = phases[name];
  const done = groups.reduce((sum, group) => sum + seedsOf(group).length, 0);
  const heads = ["arm", "seeds", "score at the end, unseen prompts", "KL at the end"];
  return [
    `**${name}**: ${summary}. ${done} of ${arms.length * seeds} runs are done.`,
    "",
    ...done === 0 ? [] : table([...heads, "explained variance"], groups.map(armRow)),
  ];
}

/** An arm by its name, with its score and KL on unseen prompts and its critic. */
export function armRow(group: Group): string[] {
  const mean = (numberOf: (run: Run) => number) => estimate(numbersOf(group, numberOf));
  return [
    group.name,
    String(seedsOf(group).length),
    plusMinus(mean(({ evaluations }) => evaluations.at(-1)?.eval_score_mean ?? NaN)),
    plusMinus(mean(({ evaluations }) => evaluations.at(-1)?.eval_kl ?? NaN)),
    compact(mean((run) => endMean(run, "explained_variance", "last")).mean),
  ];
}
