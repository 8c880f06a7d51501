/**
 * Step rule: where the steps of completions end and what the model reads there, for models that score each step
 * (process reward models).
 *
 * Trainers of such models write a mark behind every step and read the model there: the separator itself (TRL,
 * Skywork), or a token of its own (`<extra_0>` of Qwen2.5-Math-PRM).
 *
 * @module
 */

/** What ends a step in a text: a line break, a blank line, or a mark alone; or each token is a step. */
export const stepEnds = ["line", "paragraph", "mark", "every-token"] as const;

/** How the scores of steps become one; `src/credit/step_reductions.ts` says what each is. */
export const stepReductionNames = ["mean", "min", "product", "last", "sum"] as const;

/** One of {@linkcode stepReductionNames}. */
export type StepReductionName = typeof stepReductionNames[number];

/** Where steps end, and what is written there. */
export interface StepRule {
  readonly at: typeof stepEnds[number];
  /** What the model reads behind each step. @default nothing: each is read at its last token */
  readonly mark?: StepMark | undefined;
}

/** The tokens behind a step. */
export interface StepMark {
  /** At least one; the step is read at the last. */
  readonly ids: readonly number[];
  /** What they write. Steps end where a text has it, unless it is nothing but space. */
  readonly text: string;
  /** Whether it takes the place of the line breaks that end a step, or stands before them. */
  readonly place: "instead" | "before";
  /** Whether each step is tokenised as a text of its own, as TRL does, or as a part of the whole. */
  readonly alone: boolean;
}

/** The rule in words, for `/v1/models` and `inspect`. */
export function stepRuleText({ at, mark }: StepRule): string {
  if (at === "every-token") return "every token is a step, read at itself";
  const ends = { line: "a line break", paragraph: "a blank line", mark: "its mark" }[at];
  if (mark === undefined) return `ends at ${ends}, read at its last token`;
  return `ends at ${ends}, read at ${JSON.stringify(mark.text)} (id ${mark.ids.join(" ")})`;
}
