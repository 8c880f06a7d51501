/**
 * Standings: how methods compare with the usual reward, over all settings in which they were trained. Pure.
 *
 * @module
 */

import { usualKlCoefficient } from "./arms.ts";
import { byCoefficient, frontierGroups, klBudget } from "./frontier.ts";
import type { PhaseName } from "./plan.ts";
import { directionOf, methodOf } from "./prose.ts";
import type { Run } from "./results.ts";
import {
  comparedBySetting,
  comparedWithinBudget,
  comparisonsOf,
  controlledGroups,
} from "./second_comparisons.ts";
import { meanOf } from "./series.ts";
import { holm } from "./significance.ts";
import type { Comparison } from "./statistics.ts";

/** Fewer pairs than this decide nothing: not even all of one sign are unlikely by chance. */
export const minSeeds = 5;

/** Methods that are compared in one setting. */
export interface Setting {
  /** As in `32 tokens` or `RLOO in groups of 4`. */
  readonly name: string;
  readonly comparisons: readonly Comparison[];
}

/** Phases in which methods are compared under one setting or several. */
const settingPhases = [
  "estimator",
  "estimator-outer",
  "estimator-gamma",
  "critic-free",
  "critics",
  "reward-models",
] as const satisfies readonly PhaseName[];

/** Every setting in which methods are compared, those of the frontier first, with one correction for each question. */
export function settingsOf(runs: readonly Run[]): Setting[] {
  const frontier = [...Map.groupBy(frontierGroups(runs), ({ arm }) => arm.maxNewTokens)]
    .toSorted(([one], [other]) => one - other)
    .flatMap(([tokens, groups]) =>
      byCoefficient(groups).map(([coefficient, own]): Setting => ({
        name: coefficient === usualKlCoefficient
          ? `${tokens} tokens`
          : `${tokens} tokens, coefficient ${coefficient}`,
        comparisons: comparisonsOf(own),
      }))
    );
  const others = settingPhases.flatMap((phase) => comparedBySetting(controlledGroups(runs, phase)))
    .map(({ setting, comparisons }): Setting => (
      { name: setting.replace(`${usualSetting}, `, ""), comparisons }
    ));
  const tuned: Setting = {
    name: `each method's best setting, within ${klBudget} nats`,
    comparisons: comparedWithinBudget(controlledGroups(runs, "tuned")),
  };
  return correctedByQuestion(
    [...frontier, ...others, tuned].filter(({ comparisons }) => comparisons.length > 0),
  );
}

/** Holm's correction over the settings in which the same is asked with seeds enough. */
function correctedByQuestion(settings: readonly Setting[]): Setting[] {
  const firm = settings.flatMap(({ comparisons }) => comparisons).filter(isFirm);
  const corrected = new Map(
    [...Map.groupBy(firm, questionOf).values()].flatMap((family) => {
      const ps = holm(family.map(({ tP }) => tP));
      return family.map((each, at) => [each, { ...each, holmP: ps[at]! }] as const);
    }),
  );
  return settings.map(({ name, comparisons }) => (
    { name, comparisons: comparisons.map((each) => corrected.get(each) ?? each) }
  ));
}

function questionOf({ first, second }: Comparison): string {
  return `${methodOf(first)} - ${methodOf(second)}`;
}

/** What settings have in common with the frontier, and need not say. */
export const usualSetting = `64 tokens, coefficient ${usualKlCoefficient}`;

/** How a method compares with the usual reward, over all settings. */
export interface Standing {
  readonly method: string;
  readonly findings: readonly Finding[];
}

/** A method against the usual reward, under a setting. */
export interface Finding {
  readonly name: string;
  readonly comparison: Comparison;
}

/** Of each method that has seeds enough, the one that gains most first. */
export function standingsOf(settings: readonly Setting[]): Standing[] {
  const found = settings.flatMap(({ name, comparisons }) =>
    comparisons.filter(isFirm).filter(({ second }) => methodOf(second) === "terminal")
      .map((comparison) => ({ method: methodOf(comparison.first), name, comparison }))
  );
  return [...Map.groupBy(found, ({ method }) => method)]
    .map(([method, findings]) => ({ method, findings }))
    .toSorted((one, other) => meanGain(other) - meanGain(one));
}

function meanGain({ findings }: Standing): number {
  return meanOf(findings.map(({ comparison }) => comparison.difference.mean));
}

/** What of a standing is shown to be above or below. */
export function shown({ findings }: Standing, direction: "above" | "below"): readonly Finding[] {
  return findings.filter(({ comparison }) => directionOf(comparison) === direction);
}

/** Whether a comparison has seeds enough to decide anything. */
export function isFirm({ seeds }: Comparison): boolean {
  return seeds.length >= minSeeds;
}
