/**
 * Recognition: which layout a row has, and what it lacks where it has none.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import type { Layout } from "./layouts.ts";
import type { Row } from "./row.ts";

/** A layout with the columns of one row in it. */
export interface Recognised {
  readonly layout: Layout;
  /** The column of the answer; absent for a pair. */
  readonly answer?: string;
}

/** Whether a row has a column; the second time round a null one counts as well. */
type Has = (column: string) => boolean;

/**
 * The first layout that a row has. Where columns are null, that of its other columns; where those have
 * none, that of all columns, so that the error can name the one that is null.
 *
 * @throws {AbacusError} `invalid_request` where there is none, or columns compete
 */
export function recognise(row: Row, layouts: readonly Layout[]): Recognised {
  const found = firstOf(layouts, (column) => row.has(column)) ??
    firstOf(layouts, (column) => row.text(column) !== undefined);
  if (found === undefined) throw unknown(row, layouts);
  return found;
}

function firstOf(layouts: readonly Layout[], has: Has): Recognised | undefined {
  const layout = layouts.find((each) => fits(each, has));
  if (layout === undefined) return undefined;
  requireOnePrompt(layout, layouts, has);
  if (layout.answer === undefined) return { layout };
  const [answer, other] = layout.answer.filter(has);
  if (answer === undefined) throw new TypeError("Cannot read a layout without its answer");
  if (other !== undefined) throw rivals(answer, other, "the answer (--completion-column");
  return { layout, answer };
}

function fits({ prompt, answer, pair }: Layout, has: Has): boolean {
  if (prompt !== undefined && !has(prompt)) return false;
  return pair === undefined ? answer?.some(has) === true : pair.every(has);
}

/** Two columns that could both be the prompt of the same answer are not chosen between silently. */
function requireOnePrompt(layout: Layout, layouts: readonly Layout[], has: Has): void {
  const { prompt, beside = [] } = layout;
  if (prompt === undefined) return;
  const answers = answersOf(layout);
  const rival = layouts.find((other) =>
    other.prompt !== undefined && other.prompt !== prompt && has(other.prompt) &&
    !beside.includes(other.prompt) &&
    answersOf(other).some((column) => has(column) && answers.includes(column))
  );
  if (rival?.prompt === undefined) return;
  throw rivals(prompt, rival.prompt, "the prompt (--prompt-column or --messages-column");
}

function answersOf({ answer, pair }: Layout): readonly string[] {
  return answer ?? pair ?? [];
}

function rivals(first: string, second: string, what: string): AbacusError {
  return new AbacusError(
    "invalid_request",
    `Cannot read the row as two columns could be ${what} says which): ` +
      `received '${first}' and '${second}'`,
    { path: second },
  );
}

/** Names of an error's list. */
const mostNamed = 8;

function unknown(row: Row, layouts: readonly Layout[]): AbacusError {
  const columns = [...row.columns()];
  const prompts = [...new Set(layouts.flatMap(({ prompt }) => prompt ?? []))];
  const answers = [...new Set(layouts.flatMap(answersOf))];
  const prompt = prompts.find((name) => columns.includes(name));
  const answer = answers.find((name) => columns.includes(name));
  const lack = prompt !== undefined
    ? `it has no answer beside '${prompt}' (${oneOf(answers)}; --completion-column names another)`
    : answer !== undefined
    ? `it has no prompt beside '${answer}' (${oneOf(prompts)}; --prompt-column names another)`
    : "its columns are of no known layout (--prompt-column and --completion-column name them)";
  const named = columns.slice(0, mostNamed).map((name) => `'${name}'`).join(", ") || "none";
  const more = columns.length > mostNamed ? ` and ${columns.length - mostNamed} more` : "";
  return new AbacusError(
    "invalid_request",
    `Cannot read the row as ${lack}: received the columns ${named}${more}`,
  );
}

function oneOf(names: readonly string[]): string {
  return `one of ${names.join(", ")}`;
}
