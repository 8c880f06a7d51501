/**
 * First edition: the phases with one KL coefficient. Pure.
 *
 * @module
 */

import { type Arm, type Method, type Phase, usualBeta } from "./arms.ts";

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
const mainMethods = ["abc", "abcd", "red", "gradient", "uniform", "terminal"] as const;
const endlessMethods = ["abc", "red", "uniform", "terminal"] as const;
const lengthMethods = ["terminal", "abc", "red"] as const;

const methodOf = ({ method }: Arm): Method => method;
const methodAndBeta = ({ method, beta }: Arm) => `${method}, beta ${beta}`;
const methodAndLength = ({ method, maxNewTokens }: Arm) => `${method}, ${maxNewTokens} tokens`;

/** Every phase of the first edition. */
export const firstEdition = {
  main: {
    summary: "credit methods, completions of 8 to 16 tokens",
    seeds: 10,
    steps: 100,
    arms: mainMethods.map((method) => ({ method, beta: usualBeta, ...short })),
    nameOf: methodOf,
  },
  beta: {
    summary: "share of the score that is spread (0.8 is in main)",
    seeds: 5,
    steps: 100,
    arms: [0, 0.2, 0.4, 0.6, 1].map((beta) => ({ method: "abc", beta, ...short })),
    nameOf: methodAndBeta,
  },
  endless: {
    summary: "completions of 16 tokens without EOS",
    seeds: 5,
    steps: 100,
    arms: endlessMethods.map((method) => ({ method, beta: usualBeta, ...endless, ...counted })),
    nameOf: methodOf,
  },
  masked: {
    summary: "the same, with EOS masked in log-probabilities",
    seeds: 5,
    steps: 100,
    arms: endlessMethods.map((method) => (
      { method, beta: usualBeta, ...endless, forbiddenEnd: "masked" }
    )),
    nameOf: methodOf,
  },
  lengths: {
    summary: "longer completions, EOS allowed at any time",
    seeds: 5,
    steps: 100,
    arms: [16, 32, 64].flatMap(armsOfLength),
    nameOf: methodAndLength,
  },
  longest: {
    summary: "completions of up to 128 tokens (only on request)",
    seeds: 5,
    steps: 100,
    arms: armsOfLength(128),
    nameOf: methodAndLength,
  },
} satisfies Record<string, Phase>;

function armsOfLength(maxNewTokens: number): Arm[] {
  return lengthMethods.map((method) => ({ method, beta: usualBeta, ...freeToEnd(maxNewTokens) }));
}
