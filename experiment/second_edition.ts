/**
 * Second edition: the phases in which methods are compared at equal KL, with completions of one length and
 * prompts for evaluation that training has not seen. Pure.
 *
 * @module
 */

import { type Arm, type Phase, usualBeta } from "./arms.ts";

/** Completions of exactly so many tokens. EOS is masked, so that every method writes texts of one length. */
function ofLength(tokens: number) {
  return {
    beta: usualBeta,
    minNewTokens: tokens,
    maxNewTokens: tokens,
    varyLength: false,
    forbiddenEnd: "masked",
    evaluated: true,
  } as const;
}

/** The methods in question, and the control for whether the place of credit matters at all. */
const [compared, control] = [["abc", "terminal", "red"], ["permuted"]] as const;

/**
 * Every method at every coefficient, the most decisive first: the machine may be lent for less than a phase
 * takes.
 */
function ladder(tokens: number, coefficients: readonly number[]): Arm[] {
  return [compared, control].flatMap((methods) =>
    coefficients.flatMap((klCoefficient) =>
      methods.map((method) => ({ method, klCoefficient, ...ofLength(tokens) }))
    )
  );
}

const methodAndCoefficient = ({ method, maxNewTokens, klCoefficient }: Arm) =>
  `${method}, ${maxNewTokens} tokens, coefficient ${klCoefficient}`;

/** Every phase of the second edition. */
export const secondEdition = {
  frontier: {
    summary: "method by KL coefficient, 64 tokens",
    seeds: 5,
    steps: 50,
    arms: ladder(64, [0.1, 0.05]),
    nameOf: methodAndCoefficient,
  },
  "frontier-outer": {
    summary: "the same, with the outer coefficients",
    seeds: 5,
    steps: 50,
    arms: ladder(64, [0.2, 0.02]),
    nameOf: methodAndCoefficient,
  },
  "frontier-32": {
    summary: "method by KL coefficient, 32 tokens",
    seeds: 5,
    steps: 50,
    arms: ladder(32, [0.1, 0.05, 0.2, 0.02]),
    nameOf: methodAndCoefficient,
  },
  "frontier-128": {
    summary: "method by KL coefficient, 128 tokens",
    seeds: 5,
    steps: 50,
    arms: ladder(128, [0.1, 0.05, 0.2, 0.02]),
    nameOf: methodAndCoefficient,
  },
} satisfies Record<string, Phase>;

/** The phases that score and KL are drawn from. */
export const frontierPhases = [
  "frontier",
  "frontier-outer",
  "frontier-32",
  "frontier-128",
] as const;
