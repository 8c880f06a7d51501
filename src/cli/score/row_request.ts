/**
 * A row as items of a request: its prompt and its answers, found by the row's layout.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { parseWire } from "../../wire/parse.ts";
import { type RewardItem, rewardRequestSchema } from "../../wire/request.ts";
import {
  type Answers,
  answersOf,
  type Draft,
  draftOf,
  draftsOfTexts,
  idAnswersOf,
} from "./answers.ts";
import type { Layout } from "./layouts.ts";
import { placeIn } from "./places.ts";
import type { Prompt } from "./prompts.ts";
import { recognise, type Recognised } from "./recognition.ts";
import { type Row, UnreadableRow } from "./row.ts";
import { valueOf, wrongRow } from "./values.ts";

/** How the results of a row are written: in columns of its own, as a list, or side by side. */
export type Form = "one" | "several" | "pair";

/** What a row asks for. */
export interface RowRequest {
  readonly layout: Layout;
  /** The column of the answer; absent for a pair. */
  readonly answer: string | undefined;
  readonly form: Form;
  /** One item, or one for each answer where their prompts differ; the answers in the row's order. */
  readonly items: readonly RewardItem[];
  /** The answers of each item, for errors. */
  readonly drafts: readonly (readonly Draft[])[];
}

const schema = rewardRequestSchema();

/** Reads what a row asks for. @returns an error where it asks for nothing that can be scored */
export function readRowRequest(
  row: Row | UnreadableRow,
  layouts: readonly Layout[],
): RowRequest | AbacusError {
  if (row instanceof UnreadableRow) return row;
  try {
    return requestOf(row, recognise(row, layouts));
  } catch (error) {
    if (error instanceof AbacusError) return error;
    throw error;
  }
}

function requestOf(row: Row, recognised: Recognised): RowRequest {
  const { layout, answer } = recognised;
  const { form, drafts: all } = draftsOf(row, recognised);
  if (all.some(({ prompt }) => prompt.kind === "turns")) refuseTools(row);
  const drafts = grouped(all);
  const spans = row.has("token_spans") ? valueOf(row, "token_spans") : undefined;
  if (spans !== undefined && (form === "pair" || drafts.length > 1)) {
    throw wrongRow("token_spans", "must be absent beside several prompts or a pair", spans);
  }
  const request = { form, drafts };
  const items = drafts.map((group) => itemOf(group, form === "one" ? spans && [spans] : spans));
  try {
    const read = parseWire(schema, { items }, { what: "the row" });
    return { layout, answer, ...request, items: read.items };
  } catch (error) {
    throw error instanceof AbacusError ? rowError(error, request) : error;
  }
}

function draftsOf(
  row: Row,
  { layout, answer }: Recognised,
): { form: Form; drafts: readonly Draft[] } {
  const prompt = layout.read(row, layout.prompt);
  if (answer === undefined) return { form: "pair", drafts: pairOf(row, layout, prompt) };
  const { answers, several } = readAnswers(row, answer, prompt);
  const drafts = answers.map((each) => draftOf(prompt, each));
  return { form: several ? "several" : "one", drafts };
}

function readAnswers(row: Row, column: string, prompt: Prompt | undefined): Answers {
  const value = valueOf(row, column);
  return prompt?.kind === "ids" ? idAnswersOf(value, column) : answersOf(value, column);
}

function pairOf(row: Row, { pair = ["", ""] }: Layout, prompt: Prompt | undefined): Draft[] {
  const values = pair.map((place) => ({ value: valueOf(row, place), place }));
  const texts = values.flatMap(({ value, place }) =>
    typeof value === "string" ? [{ text: value, place }] : []
  );
  const [chosen, rejected] = texts;
  if (prompt === undefined && chosen !== undefined && rejected !== undefined) {
    return draftsOfTexts(chosen, rejected);
  }
  return values.map(({ value, place }) => {
    const { answers: [answer], several } = answersOf(value, place);
    if (several || answer === undefined) throw wrongRow(place, "must hold one answer", value);
    return draftOf(prompt, answer);
  });
}

/** A chat template that knows tools would render them, and the score would be another. */
function refuseTools(row: Row): void {
  if (!row.has("tools")) return;
  const tools = valueOf(row, "tools");
  if (["", "[]"].includes(typeof tools === "string" ? tools : JSON.stringify(tools))) return;
  throw wrongRow("tools", "must be empty, as tools are not given to the chat template", tools);
}

/** Neighbours with the same prompt, which one item can hold. */
function grouped(drafts: readonly Draft[]): Draft[][] {
  const groups: Draft[][] = [];
  for (const draft of drafts) {
    const last = groups.at(-1);
    if (last?.[0]?.prompt === draft.prompt) last.push(draft);
    else groups.push([draft]);
  }
  return groups;
}

function itemOf(drafts: readonly Draft[], spans: unknown): object {
  const completions = drafts.map(({ completion }) => completion);
  const rest = { completions, ...(spans === undefined ? {} : { token_spans: spans }) };
  const prompt = drafts[0]?.prompt;
  switch (prompt?.kind) {
    case "ids":
      return { prompt_ids: prompt.ids, completion_ids: completions };
    case "turns":
      return { messages: prompt.turns.map(({ message }) => message), ...rest };
    default:
      return { prompt: prompt?.text, ...rest };
  }
}

/** The error of a row for the error of one of its items, whose path it is given in. */
export function rowError(
  error: AbacusError,
  { form, drafts }: Pick<RowRequest, "form" | "drafts">,
): AbacusError {
  const [, index, inside] = /^items\[(\d+)\]\.?(.*)$/.exec(error.path ?? "") ?? [];
  const group = drafts[Number(index)];
  if (error.path === undefined || group === undefined) return error;
  const place = placeIn(inside ?? "", { form, drafts: group });
  const message = error.message.replaceAll(error.path, () => place || "it");
  return error.with({ message, path: place || undefined });
}
