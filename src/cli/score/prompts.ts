/**
 * Prompts: how a row's columns say what was asked, in the ways of different trainers.
 *
 * @module
 */

import type { Row } from "./row.ts";
import { isFields } from "./row.ts";
import { type Turn, turn, turnsOf } from "./turns.ts";
import { valueOf, wrongRow } from "./values.ts";

/** What was asked: a text that is continued, a conversation that is answered, or ids. */
export type Prompt =
  | { readonly kind: "text"; readonly text: string; readonly place: string }
  | { readonly kind: "turns"; readonly turns: readonly Turn[]; readonly place: string }
  | { readonly kind: "ids"; readonly ids: unknown; readonly place: string };

/**
 * Reads the prompt of a row; undefined where the answers hold it.
 *
 * @param column the column of the prompt
 */
export type PromptReader = (row: Row, column: string | undefined) => Prompt | undefined;

/** A column that holds a text, or messages. */
export function textOrMessages(row: Row, column: string | undefined): Prompt | undefined {
  if (column === undefined) return undefined;
  const value = valueOf(row, column);
  if (typeof value === "string") return { kind: "text", text: value, place: column };
  if (!Array.isArray(value) && !isFields(value)) {
    throw wrongRow(column, "must be text or a list of messages", value);
  }
  return { kind: "turns", turns: turnsOf(value, column), place: column };
}

/** A column that holds messages. */
export function messagesOnly(row: Row, column = "messages"): Prompt {
  return { kind: "turns", turns: turnsOf(valueOf(row, column), column), place: column };
}

/** A column of token ids. */
export function tokenIds(row: Row, column = "prompt_ids"): Prompt {
  return { kind: "ids", ids: valueOf(row, column), place: column };
}

/** Columns that {@linkcode alpacaPrompt} reads beside `instruction`. */
export const besideInstruction = ["system", "history", "input"];

/**
 * As LlamaFactory reads rows of Alpaca's form: the instruction and its input are the user's turn, in
 * two lines (`AlpacaDatasetConverter`).
 */
export function alpacaPrompt(row: Row, column = "instruction"): Prompt {
  const lines = [column, "input"].filter((name) => row.has(name))
    .map((name) => requireText(valueOf(row, name), name));
  const asked = turn("user", lines.filter((line) => line !== "").join("\n"), column);
  return { kind: "turns", turns: [...systemTurn(row), ...historyTurns(row), asked], place: column };
}

/** As LlamaFactory reads rows of ShareGPT's form: a column `system` opens the conversation. */
export function sharegptPrompt(row: Row, column: string | undefined): Prompt | undefined {
  const turns = column === undefined ? [] : turnsOf(valueOf(row, column), column);
  const opened = turns[0]?.message.role === "system" ? turns : [...systemTurn(row), ...turns];
  return opened.length === 0
    ? undefined
    : { kind: "turns", turns: opened, place: column ?? "system" };
}

function systemTurn(row: Row): Turn[] {
  if (!row.has("system")) return [];
  const text = requireText(valueOf(row, "system"), "system");
  return text === "" ? [] : [turn("system", text, "system")];
}

/** Earlier questions with their answers. */
function historyTurns(row: Row): Turn[] {
  const value = row.has("history") ? valueOf(row, "history") : [];
  if (!Array.isArray(value)) throw wrongRow("history", "must be a list of pairs", value);
  return value.flatMap((pair, i) => {
    const place = `history[${i}]`;
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw wrongRow(place, "must be a question and its answer", pair);
    }
    return [turn("user", pair[0], `${place}[0]`), turn("assistant", pair[1], `${place}[1]`)];
  });
}

function requireText(value: unknown, column: string): string {
  if (typeof value === "string") return value;
  throw wrongRow(column, "must be text", value);
}
