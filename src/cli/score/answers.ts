/**
 * Answers: what a row's columns say that was answered, each joined with its prompt.
 *
 * @module
 */

import type { Prompt } from "./prompts.ts";
import { isFields } from "./row.ts";
import { answerText, type Turn, turnsOf } from "./turns.ts";
import { wrongRow } from "./values.ts";

/** An answer as it is written: a text, or turns of which the last is scored. */
export type Answer =
  | { readonly text: unknown; readonly place: string }
  | { readonly turns: readonly Turn[]; readonly place: string };

/** One answer with what it answers. */
export interface Draft {
  readonly prompt: Prompt;
  /** A text or ids; the wire format checks what it is. */
  readonly completion: unknown;
  /** Where the completion stands in the row. */
  readonly place: string;
}

/** The answers in a column, and whether they are a list of several. */
export interface Answers {
  readonly answers: readonly Answer[];
  readonly several: boolean;
}

/** Reads a column of texts or messages: one answer, or a list of them. */
export function answersOf(value: unknown, column: string): Answers {
  if (!Array.isArray(value) || isFields(value[0])) {
    return { answers: [answerOf(value, column)], several: false };
  }
  if (value.length === 0) throw wrongRow(column, "must hold an answer", value);
  const answers = value.map((each, i) => answerOf(each, `${column}[${i}]`));
  return { answers, several: true };
}

/** Reads a column of ids: one list of them, or several. */
export function idAnswersOf(value: unknown, column: string): Answers {
  const several = Array.isArray(value) && value.some(Array.isArray);
  if (!several) return { answers: [{ text: value, place: column }], several };
  return { answers: value.map((text, i) => ({ text, place: `${column}[${i}]` })), several };
}

function answerOf(value: unknown, place: string): Answer {
  if (typeof value === "string") return { text: value, place };
  if (Array.isArray(value) || isFields(value)) return { turns: turnsOf(value, place), place };
  throw wrongRow(place, "must be text or a list of messages", value);
}

/**
 * Joins a prompt and an answer.
 *
 * @throws {AbacusError} `invalid_request` where the two do not go together
 */
export function draftOf(prompt: Prompt | undefined, answer: Answer): Draft {
  const { place } = answer;
  if ("turns" in answer) return conversation(prompt, answer.turns, place);
  if (prompt !== undefined) return { prompt, completion: answer.text, place };
  throw wrongRow(place, "must be a list of messages, as the row has no prompt", answer.text);
}

/**
 * An answer in messages. As in TRL, messages that follow a prompt in text hold the whole conversation,
 * and the text repeats its beginning (`maybe_extract_prompt`).
 */
function conversation(prompt: Prompt | undefined, turns: readonly Turn[], place: string): Draft {
  const last = turns.at(-1);
  if (last === undefined) throw wrongRow(place, "must hold an answer", []);
  const before = turns.slice(0, -1);
  const completion = answerText(last);
  if (prompt?.kind === "turns") {
    const all = before.length === 0 ? prompt : { ...prompt, turns: joined(prompt.turns, before) };
    return { prompt: all, completion, place: contentPlace(last) };
  }
  if (before.length === 0) {
    const fault = "must hold what it answers, as the prompt is no list of messages";
    throw wrongRow(place, fault, turns.map(({ message }) => message));
  }
  const whole: Prompt = { kind: "turns", turns: before, place };
  return { prompt: whole, completion, place: contentPlace(last) };
}

/** Turns that begin with those of the prompt repeat them, and do not follow. */
function joined(prompt: readonly Turn[], turns: readonly Turn[]): readonly Turn[] {
  const repeats = prompt.every((each, i) => sameMessage(each, turns[i]));
  const reopens = prompt.length === 1 && turns[0]?.message.role === "system";
  return repeats || (reopens && prompt[0]?.message.role === "system")
    ? turns
    : [...prompt, ...turns];
}

function sameMessage({ message }: Turn, other: Turn | undefined): boolean {
  return message.role === other?.message.role && message.content === other?.message.content;
}

function contentPlace({ place, names }: Turn): string {
  return `${place}.${names.content}`;
}

/**
 * Two texts that begin alike, as a prompt and two answers: the prompt ends where they begin to differ,
 * before a space, which belongs to the answers (`extract_prompt` of TRL).
 */
export function draftsOfTexts(
  { text: chosen, place }: { readonly text: string; readonly place: string },
  rejected: { readonly text: string; readonly place: string },
): Draft[] {
  let end = 0;
  while (end < chosen.length && chosen[end] === rejected.text[end]) end++;
  if (chosen[end - 1] === " " || isHighSurrogate(chosen.charCodeAt(end - 1))) end--;
  const prompt: Prompt = { kind: "text", text: chosen.slice(0, end), place };
  return [
    { prompt, completion: chosen.slice(end), place },
    { prompt, completion: rejected.text.slice(end), place: rejected.place },
  ];
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
