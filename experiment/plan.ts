/**
 * Plan: the runs of the experiment, and their order. Pure.
 *
 * @module
 */

import { AbacusError } from "../src/errors.ts";
import type { Arm, Phase } from "./arms.ts";
import { firstEdition } from "./first_edition.ts";
import { secondEdition } from "./second_edition.ts";

/** Every phase, in order. */
export const phases = { ...firstEdition, ...secondEdition };

/** The name of a phase. */
export type PhaseName = keyof typeof phases;

/** The parts of the experiment, in order. */
export const phaseNames = Object.keys(phases) as readonly PhaseName[];

/** One training run. */
export interface Job extends Arm {
  /** Names its files, as in `beta-abc-0.4-16-s03`. */
  readonly id: string;
  readonly phase: PhaseName;
  readonly seed: number;
  readonly steps: number;
}

/** The size of the experiment. */
export interface Scale {
  /** Steps of every run. @default those of its phase */
  readonly steps?: number | undefined;
  /** Maximum seeds of a phase. */
  readonly seeds: number;
}

/** The scale of the published numbers. */
export const fullScale: Scale = { seeds: 10 };

/** The models of the published numbers. */
export const bundled = { policy: "models/movie-policy", rewardModel: "models/movie-reward" };

/** The default phases. */
export const usualPhases: readonly PhaseName[] = ["main", "beta", "endless", "masked", "lengths"];

/**
 * The runs of these phases, phase by phase and seed by seed: whenever the experiment is interrupted, all arms
 * of a phase have the same seeds, except for the last one.
 */
export function planJobs(names: readonly PhaseName[], scale: Scale = fullScale): Job[] {
  return phaseNames.filter((name) => names.includes(name)).flatMap((phase) => {
    const { seeds, firstSeed = 1, arms }: Phase = phases[phase];
    const steps = stepsOf(phase, scale);
    return Array.from({ length: Math.min(seeds, scale.seeds) }, (_, at) => firstSeed + at).flatMap((
      seed,
    ) => arms.map((arm) => ({ id: idOf(phase, arm, seed), phase, seed, steps, ...arm })));
  });
}

/** The steps of a phase's runs. */
export function stepsOf(phase: PhaseName, { steps }: Scale): number {
  return steps ?? phases[phase].steps;
}

/**
 * Parses a list of phases such as `main,beta`.
 *
 * @throws {AbacusError} `bad_usage` naming the existing phases
 */
export function phasesNamed(list: string): PhaseName[] {
  return list.split(",").map((word) => {
    const name = phaseNames.find((each) => each === word.trim());
    if (name !== undefined && phases[name].arms.length > 0) return name;
    if (name !== undefined) {
      throw new AbacusError(
        "bad_usage",
        `Cannot plan ${name} as no setting has been chosen: run tuning, then deno task experiment:choose`,
      );
    }
    throw new AbacusError(
      "bad_usage",
      `Cannot plan as --phase must name some of ${phaseNames.join(", ")}: received '${word}'`,
    );
  });
}

/** The name of an arm within its phase, as in `abc, beta 0.4`. */
export function armName(phase: PhaseName, arm: Arm): string {
  return phases[phase].nameOf(arm);
}

function idOf(phase: PhaseName, arm: Arm, seed: number): string {
  const { method, beta, maxNewTokens } = arm;
  const name = phase in firstEdition
    ? `${method}-${beta}-${maxNewTokens}`
    : armName(phase, arm).replaceAll(/[ ,]+/g, "-");
  return `${phase}-${name}-s${String(seed).padStart(2, "0")}`;
}
