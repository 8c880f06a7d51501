/**
 * Ways of giving credit: each method of a model at each unit, and what a benchmark asks of them.
 *
 * @module
 */

import type { ScoredCompletion } from "../../../src/scorer/scored.ts";
import type { UnitRule } from "../../../src/text/unit_rule.ts";
import type { Subject } from "./subject.ts";

/** What the flags chose. */
export interface Choices {
  /** The one method to measure; all of the model's where there is none. */
  readonly method?: string | undefined;
  readonly units: readonly UnitRule[];
  /** Most texts of a section. */
  readonly count: number;
  /** Words of a text that are read. */
  readonly words: number;
  /** Times that a cost is measured. */
  readonly rounds: number;
}

/** One line of a table. */
export type Row = Readonly<Record<string, string | number>>;

/** A method at a unit. */
export interface Way {
  readonly method: string;
  readonly unit: UnitRule;
}

/** Controls know nothing of a text. */
const controls: ReadonlySet<string> = new Set(["uniform", "terminal"]);

/** The chosen methods, all of the model's where none was. */
export function methodsOf({ methods }: Subject, { method }: Choices): readonly string[] {
  return method === undefined ? methods : [method];
}

/** Every way that says something of a text; shapley's one text more per token is more than there is time for. */
export function waysOf(subject: Subject, choices: Choices): Way[] {
  return methodsOf(subject, choices).filter((method) => !controls.has(method)).flatMap((method) =>
    choices.units
      .filter((unit) => method !== "shapley" || unit === "clause" || unit === "sentence")
      .map((unit) => ({ method, unit }))
  );
}

/** What a way gives texts, all of the score spread. */
export async function credited(
  subject: Subject,
  texts: readonly string[],
  { method, unit }: Way,
): Promise<readonly ScoredCompletion[]> {
  const credit = { method, unit, pay: "spread", beta: 1, passes: 256 } as const;
  return (await subject.credit(texts, credit)).completions;
}

/** Texts as the model's tokens, with no credit that tells them apart. */
export function tokensOf(
  subject: Subject,
  texts: readonly string[],
): Promise<readonly ScoredCompletion[]> {
  return credited(subject, texts, { method: "uniform", unit: "token" });
}
