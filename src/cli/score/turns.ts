/**
 * Turns: the messages of a row, in the two ways in which trainers write them, each with the place in
 * the row at which it stands.
 *
 * @module
 */

import { isFields } from "./row.ts";
import { wrongRow } from "./values.ts";

/** One message of a conversation. */
export interface Turn {
  /** As the wire format has it, with whatever other keys it has. */
  readonly message: { readonly role: unknown; readonly content?: unknown };
  /** Where it stands, as in `messages[2]`. */
  readonly place: string;
  /** The row's own names for `role` and `content`. */
  readonly names: Dialect;
}

/** The keys of a message that say who speaks and what. */
interface Dialect {
  readonly role: string;
  readonly content: string;
}

/** As OpenAI, TRL, verl and OpenRLHF write messages. */
export const openai: Dialect = { role: "role", content: "content" };

/** As ShareGPT and LlamaFactory write messages. */
const sharegpt: Dialect = { role: "from", content: "value" };

/** ShareGPT's names of those who speak, in the words of chat templates. */
const roles: Readonly<Record<string, string>> = {
  human: "user",
  user: "user",
  gpt: "assistant",
  chatgpt: "assistant",
  assistant: "assistant",
  system: "system",
  observation: "tool",
  tool: "tool",
};

/**
 * The turns of a list of messages, or of one message alone.
 *
 * @throws {AbacusError} `invalid_request` where it is neither, or a speaker is unknown
 */
export function turnsOf(value: unknown, column: string): Turn[] {
  if (isFields(value)) return [turnOf(value, column)];
  if (Array.isArray(value)) return value.map((each, i) => turnOf(each, `${column}[${i}]`));
  throw wrongRow(column, "must be a list of messages", value);
}

/** A turn of the row's own making, such as that of the column `instruction`. */
export function turn(role: string, content: unknown, column: string): Turn {
  return { message: { role, content }, place: column, names: { role: column, content: "" } };
}

function turnOf(value: unknown, place: string): Turn {
  if (!isFields(value)) throw wrongRow(place, "must be a message", value);
  const { from, value: content, ...more } = value;
  if (value["role"] !== undefined || typeof from !== "string") {
    return { message: value as Turn["message"], place, names: openai };
  }
  const role = Object.hasOwn(roles, from) ? roles[from] : undefined;
  if (role === undefined) {
    const known = Object.keys(roles).join(", ");
    throw wrongRow(`${place}.from`, `must be one of ${known}`, from);
  }
  return { message: { role, content, ...more }, place, names: sharegpt };
}

/** Keys of a message that tell a trainer what to learn from, and templates nothing. */
const ofTraining = new Set(["weight", "train", "loss", "loss_mask"]);

/**
 * The text of an answer that is a turn of the assistant.
 *
 * @throws {AbacusError} `invalid_request` where somebody else speaks, or there is more than text: the
 * answer is what is scored, and a template might render the rest
 */
export function answerText({ message, place, names }: Turn): string {
  const { role, content, ...more } = message;
  if (role !== "assistant") {
    throw wrongRow(place, "must be the assistant's turn, as it is what is scored", role);
  }
  const [key, value] =
    Object.entries(more).find(([key, value]) => isSaid(value) && !ofTraining.has(key)) ?? [];
  if (key !== undefined) {
    throw wrongRow(`${place}.${key}`, "must be absent, as only text can be scored", value);
  }
  if (typeof content === "string") return content;
  if (Array.isArray(content) && content.every(isTextPart)) {
    return content.map(({ text }) => text).join("");
  }
  throw wrongRow(`${place}.${names.content}`, "must be text", content);
}

/** Whether a key of a message says anything; libraries fill in null and empty lists. */
function isSaid(value: unknown): boolean {
  return value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0);
}

function isTextPart(part: unknown): part is { text: string } {
  return isFields(part) && part["type"] === "text" && typeof part["text"] === "string";
}
