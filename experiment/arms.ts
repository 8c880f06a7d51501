/**
 * Arms: what distinguishes runs of the experiment besides their seed. Pure.
 *
 * @module
 */

/** The credit methods that are compared, with the controls last. */
export const methods = [
  "abc",
  "abcd",
  "red",
  "gradient",
  "uniform",
  "permuted",
  "terminal",
] as const;

/**
 * One of {@linkcode methods}, as `deno task ppo --credit` names it. `permuted` is no method of the trainer: it
 * is abc whose shares are put in a random order on their way from the server (`permutation.ts`).
 */
export type Method = typeof methods[number];

/** One part of the experiment: every arm with every seed. */
export interface Phase {
  readonly summary: string;
  readonly seeds: number;
  /** The first of its seeds, where they must be others than those of an earlier phase. @default 1 */
  readonly firstSeed?: number;
  readonly steps: number;
  readonly arms: readonly Arm[];
  /** The name of an arm within the phase. */
  readonly nameOf: (arm: Arm) => string;
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
  /** What a token pays per nat of KL. Absent in published runs from before there was a choice: 0.1. */
  readonly klCoefficient?: number;
  /** Whether every fifth review is kept from training, and its prompts are evaluated on. */
  readonly evaluated?: boolean;
  /** Whether the reward model reads the EOS of a text that the policy ended. @default false */
  readonly endRead?: boolean;
  /** Scores completions in place of the usual reward model. */
  readonly rewardModel?: OtherRewardModel;
  /** Further flags of the trainer, as in `{ lambda: 1 }`. */
  readonly flags?: Readonly<Record<string, string | number>>;
}

/** Reward models that are compared with the bundled one: a smaller one, and one that was trained by pairs. */
export type OtherRewardModel = "small" | "pairs";

/** The share of the score that is spread where it is not compared. */
export const usualBeta = 0.8;

/** The coefficient of the first edition. */
export const usualKlCoefficient = 0.1;
