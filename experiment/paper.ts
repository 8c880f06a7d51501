/**
 * Paper: the results of its authors, for comparison.
 *
 * Chan, Sun, Holt and van der Schaar, "Dense Reward for Free in RLHF", ICML 2024, arXiv 2402.00782.
 * The numbers are computed from the runs that the authors published with their code. GPT-2 on IMDb, so scores
 * are on another scale than ours: compare orders and ratios.
 *
 * @module
 */

/** A method of the main comparison: 101 steps, 10 seeds. */
export interface PaperArm {
  /** Mean score over training, and two standard errors. */
  readonly runMean: number;
  readonly runMeanError: number;
  /** Mean of the last ten steps and its standard deviation over seeds, where it is known. */
  readonly last?: readonly [mean: number, sd: number];
}

/** IMDb, figure 3 of the paper. */
export const paperMain: Readonly<Record<string, PaperArm>> = {
  abc: { runMean: 8.32, runMeanError: 0.16, last: [9.45, 0.27] },
  abcd: { runMean: 6.89, runMeanError: 0.37 },
  uniform: { runMean: 6.6, runMeanError: 0.19, last: [8.11, 0.38] },
  terminal: { runMean: 7.22, runMeanError: 0.39, last: [8.93, 0.61] },
};

/** The step at which sparse reward had its best mean, and that at which ABC passed it. */
export const paperBestStep = { terminal: 89, abc: 41 };

/** Run mean by beta, ABC on IMDb, 10 seeds. */
export const paperBeta: Readonly<Record<string, number>> = {
  "0": 7.94,
  "0.2": 8.28,
  "0.4": 8.4,
  "0.6": 8.5,
  "0.8": 8.64,
  "1": 8.8,
};

/** Last ten steps by length, the end of the text suppressed: mean and sd over 10 seeds. */
export const paperLengths: readonly {
  readonly tokens: string;
  readonly terminal: readonly [mean: number, sd: number];
  readonly abc: readonly [mean: number, sd: number];
}[] = [
  { tokens: "20 to 30", terminal: [9.99, 0.42], abc: [10.44, 0.17] },
  { tokens: "40 to 60", terminal: [10.13, 1.86], abc: [10.91, 0.19] },
  { tokens: "90 to 110", terminal: [6.79, 4.53], abc: [11.26, 0.07] },
  { tokens: "140 to 160", terminal: [7.27, 4.41], abc: [11.27, 0.12] },
];
