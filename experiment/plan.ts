/**
 * Plan: the runs of the experiment, and their order. Pure.
 *
 * @module
 */

import { AbacusError } from "../src/errors.ts";

/** The credit methods that are compared, with the two controls last. */
export const methods = ["abc", "abcd", "red", "gradient", "uniform", "terminal"] as const;

/** One of {@linkcode methods}, as `deno task ppo --credit` names it. */
export type Method = typeof methods[number];

/** The parts of the experiment, in order. */
export const phaseNames = ["main", "beta", "endless", "masked", "lengths", "longest"] as const;

/** One of {@linkcode phaseNames}. */
export type PhaseName = typeof phaseNames[number];

/** One part of the experiment: every arm with every seed. */
export interface Phase {
  readonly summary: string;
  readonly seeds: number;
  readonly arms: readonly Arm[];
}

/** What distinguishes runs besides their seed. */
export interface Arm {
  readonly method: Method;
  /** The share of the score that is spread; the rest is assigned to the last token. */
  readonly beta: number;
  /** Minimum tokens of a completion: EOS is not allowed before. */
  readonly minNewTokens: number;
  readonly maxNewTokens: number;
  /** Whether each completion has a maximum of its own, uniform between the two. */
  readonly varyLength: boolean;
  /** Whether log-probabilities, and KL with them, count EOS where it is not allowed. */
  readonly forbiddenEnd: "counted" | "masked";
}

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
  /** Steps of every run. */
  readonly steps: number;
  /** Maximum seeds of a phase. */
  readonly seeds: number;
}

/** The scale of the published numbers. */
export const fullScale: Scale = { steps: 100, seeds: 10 };

/** The models of the published numbers. */
export const bundled = { policy: "models/movie-policy", rewardModel: "models/movie-reward" };

const usualBeta = 0.8;
/** As in the paper's trainer, TRL 0.7.4. */
const counted = { forbiddenEnd: "counted" } as const;
/** 8 to 16 tokens, EOS not before the 8th; the paper's IMDb experiment has 8 to 15. */
const short = { minNewTokens: 8, maxNewTokens: 16, varyLength: true, ...counted };
/** EOS is allowed at any time. */
const freeToEnd = (maxNewTokens: number) => (
  { minNewTokens: 1, maxNewTokens, varyLength: false, ...counted }
);
/** Always the maximum length: EOS is never allowed. */
const endless = { minNewTokens: 16, maxNewTokens: 16, varyLength: false };
const endlessMethods = ["abc", "red", "uniform", "terminal"] as const;
const lengthMethods = ["terminal", "abc", "red"] as const;

/** Every phase. */
export const phases: Readonly<Record<PhaseName, Phase>> = {
  main: {
    summary: "credit methods, completions of 8 to 16 tokens",
    seeds: 10,
    arms: methods.map((method) => ({ method, beta: usualBeta, ...short })),
  },
  beta: {
    summary: "share of the score that is spread (0.8 is in main)",
    seeds: 5,
    arms: [0, 0.2, 0.4, 0.6, 1].map((beta) => ({ method: "abc", beta, ...short })),
  },
  endless: {
    summary: "completions of 16 tokens without EOS",
    seeds: 5,
    arms: endlessMethods.map((method) => ({ method, beta: usualBeta, ...endless, ...counted })),
  },
  masked: {
    summary: "the same, with EOS masked in log-probabilities",
    seeds: 5,
    arms: endlessMethods.map((method) => (
      { method, beta: usualBeta, ...endless, forbiddenEnd: "masked" }
    )),
  },
  lengths: {
    summary: "longer completions, EOS allowed at any time",
    seeds: 5,
    arms: [16, 32, 64].flatMap(armsOfLength),
  },
  longest: {
    summary: "completions of up to 128 tokens (only on request)",
    seeds: 5,
    arms: armsOfLength(128),
  },
};

/** The default phases. */
export const usualPhases: readonly PhaseName[] = ["main", "beta", "endless", "masked", "lengths"];

/**
 * The runs of these phases, phase by phase and seed by seed: whenever the experiment is interrupted, all arms
 * of a phase have the same seeds, except for the last one.
 */
export function planJobs(names: readonly PhaseName[], scale: Scale = fullScale): Job[] {
  return phaseNames.filter((name) => names.includes(name)).flatMap((phase) => {
    const { seeds, arms } = phases[phase];
    return Array.from({ length: Math.min(seeds, scale.seeds) }, (_, at) => at + 1).flatMap((seed) =>
      arms.map((arm) => ({ id: idOf(phase, arm, seed), phase, seed, steps: scale.steps, ...arm }))
    );
  });
}

/**
 * Parses a list of phases such as `main,beta`.
 *
 * @throws {AbacusError} `bad_usage` naming the existing phases
 */
export function phasesNamed(list: string): PhaseName[] {
  return list.split(",").map((word) => {
    const name = phaseNames.find((each) => each === word.trim());
    if (name !== undefined) return name;
    throw new AbacusError(
      "bad_usage",
      `Cannot plan as --phase must name some of ${phaseNames.join(", ")}: received '${word}'`,
    );
  });
}

/** The name of an arm within its phase, as in `abc, beta 0.4`. */
export function armName(phase: PhaseName, { method, beta, maxNewTokens }: Arm): string {
  if (phase === "beta") return `${method}, beta ${beta}`;
  return phase === "lengths" || phase === "longest" ? `${method}, ${maxNewTokens} tokens` : method;
}

function armsOfLength(maxNewTokens: number): Arm[] {
  return lengthMethods.map((method) => ({ method, beta: usualBeta, ...freeToEnd(maxNewTokens) }));
}

function idOf(phase: PhaseName, { method, beta, maxNewTokens }: Arm, seed: number): string {
  return `${phase}-${method}-${beta}-${maxNewTokens}-s${String(seed).padStart(2, "0")}`;
}
