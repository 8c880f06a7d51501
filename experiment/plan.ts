/**
 * Plan: which runs the experiment consists of, and in what order.
 *
 * Pure: what has been done already, and how runs are carried out, stands elsewhere.
 *
 * @module
 */

import { AbacusError } from "../src/errors.ts";

/** The ways of giving credit that are compared, the two controls last. */
export const methods = ["abc", "abcd", "red", "gradient", "uniform", "terminal"] as const;

/** One of {@linkcode methods}, as `deno task ppo --credit` names it. */
export type Method = typeof methods[number];

/** The parts of the experiment in the order in which they are carried out. */
export const phaseNames = ["main", "beta", "endless", "masked", "lengths", "longest"] as const;

/** One of {@linkcode phaseNames}. */
export type PhaseName = typeof phaseNames[number];

/** One part of the experiment: every arm with every seed. */
export interface Phase {
  readonly summary: string;
  readonly seeds: number;
  readonly arms: readonly Arm[];
}

/** What distinguishes runs that differ by more than their seed. */
export interface Arm {
  readonly method: Method;
  /** The part of the score that is spread; the rest is paid to the last token. */
  readonly beta: number;
  /** Fewest tokens of a completion: until then the end of the text is not allowed. */
  readonly minNewTokens: number;
  readonly maxNewTokens: number;
  /** Whether each completion has a limit of its own, drawn from the fewest to the most. */
  readonly varyLength: boolean;
  /** Whether log-probabilities, and KL with them, leave out an end that is not allowed. */
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

/** What may be set from outside to make the experiment smaller or larger. */
export interface Scale {
  /** Steps of every run. */
  readonly steps: number;
  /** At most so many seeds in any phase. */
  readonly seeds: number;
}

/** The scale of the published numbers. */
export const fullScale: Scale = { steps: 100, seeds: 10 };

/** The models of the published numbers, by the folders that they stand in. */
export const bundled = { policy: "models/movie-policy", rewardModel: "models/movie-reward" };

const usualBeta = 0.8;
/** As the paper's trainer has it, TRL 0.7.4. */
const counted = { forbiddenEnd: "counted" } as const;
/** 8 to 16 tokens, none of them the end before the 8th: the paper's IMDb experiment has 8 to 15. */
const short = { minNewTokens: 8, maxNewTokens: 16, varyLength: true, ...counted };
/** Lengths at which the policy may end its text at any time. */
const freeToEnd = (maxNewTokens: number) => (
  { minNewTokens: 1, maxNewTokens, varyLength: false, ...counted }
);
/** As many tokens as there is room for, always: the policy cannot end its text. */
const endless = { minNewTokens: 16, maxNewTokens: 16, varyLength: false };
const endlessMethods = ["abc", "red", "uniform", "terminal"] as const;
const lengthMethods = ["terminal", "abc", "red"] as const;

/** Every phase. */
export const phases: Readonly<Record<PhaseName, Phase>> = {
  main: {
    summary: "methods compared, completions of 8 to 16 tokens",
    seeds: 10,
    arms: methods.map((method) => ({ method, beta: usualBeta, ...short })),
  },
  beta: {
    summary: "how much of the score is spread (0.8 stands in main)",
    seeds: 5,
    arms: [0, 0.2, 0.4, 0.6, 1].map((beta) => ({ method: "abc", beta, ...short })),
  },
  endless: {
    summary: "completions of 16 tokens that cannot end before",
    seeds: 5,
    arms: endlessMethods.map((method) => ({ method, beta: usualBeta, ...endless, ...counted })),
  },
  masked: {
    summary: "the same, and KL leaves out the end that is not allowed",
    seeds: 5,
    arms: endlessMethods.map((method) => (
      { method, beta: usualBeta, ...endless, forbiddenEnd: "masked" }
    )),
  },
  lengths: {
    summary: "longer completions that may end at any time",
    seeds: 5,
    arms: [16, 32, 64].flatMap(armsOfLength),
  },
  longest: {
    summary: "completions of up to 128 tokens; only where asked for",
    seeds: 5,
    arms: armsOfLength(128),
  },
};

/** The phases that are carried out where none are named. */
export const usualPhases: readonly PhaseName[] = ["main", "beta", "endless", "masked", "lengths"];

/**
 * The runs of the phases named, phase by phase and seed by seed: whenever the experiment is broken off,
 * all arms of a phase have the same seeds, but for the last seed begun.
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
 * The phases that a list such as `main,beta` names.
 *
 * @throws {AbacusError} `bad_usage` naming the phases there are
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

/** How the arm is called where it stands among the others of its phase, as in `abc, beta 0.4`. */
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
