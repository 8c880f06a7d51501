/**
 * Prompt rows: a line of a prompt file as a text, or as a conversation that the policy is to continue.
 *
 * @module
 */

import { z } from "zod";
import { AbacusError } from "../../errors.ts";
import type { Message } from "../../text/sample.ts";

/** A prompt as a file has it. */
export type WrittenPrompt = string | readonly Message[];

/** Keys that are null count as absent, as Arrow writes every column of a table into every message. */
const messageSchema = z.looseObject({
  role: z.string().min(1).max(64),
  content: z.string().nullish(),
}).transform((message) => {
  const given = Object.entries(message).filter(([, value]) => value !== null);
  return Object.fromEntries(given) as unknown as Message;
});

/** Messages of one conversation. */
const messagesSchema = z.array(messageSchema).min(1).max(4_096);

/**
 * Reads a line of JSON with a `prompt`, a text or messages, or with `messages` or `text`.
 *
 * @param place for messages, as in `prompts.jsonl, line 3`
 * @throws {AbacusError} `bad_usage` if it has neither, or messages that end in the assistant's turn
 */
export function readPromptRow(line: string, place: string): WrittenPrompt {
  const found = fieldOf(line);
  if (typeof found === "string") return found;
  if (!Array.isArray(found)) {
    throw bad(`a line must be a JSON object with the text "prompt"`, place);
  }
  const messages = messagesSchema.safeParse(found);
  if (!messages.success) {
    throw bad(`messages must be objects with the texts "role" and "content"`, place);
  }
  if (messages.data.at(-1)?.role === "assistant") {
    throw bad("messages must end before the assistant's turn, which the policy writes", place);
  }
  return messages.data;
}

function fieldOf(line: string): unknown {
  try {
    const { prompt, messages, text } = JSON.parse(line);
    return prompt ?? messages ?? text;
  } catch {
    return undefined;
  }
}

function bad(reason: string, place: string): AbacusError {
  return new AbacusError("bad_usage", `Cannot read prompts as ${reason}: received ${place}`);
}
