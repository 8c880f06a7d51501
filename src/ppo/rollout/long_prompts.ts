/**
 * Long prompts: what becomes of a prompt that leaves no room for a completion in the policy's context.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import type { Prompt } from "./prompts.ts";

/** The run is refused, the prompt is left out, or it loses its beginning. */
export const longPromptChoices = ["skip", "cut", "refuse"] as const;

/** One of {@linkcode longPromptChoices}. */
export type LongPrompts = typeof longPromptChoices[number];

/** The room of a prompt, and what happens to longer ones. */
export interface PromptRoom {
  /** Tokens that the policy can read. */
  readonly context: number;
  /** Tokens that are generated at most. */
  readonly max: number;
  /** @default "refuse" */
  readonly long?: LongPrompts | undefined;
  /** What every text of the policy starts with, which a prompt keeps that is cut. @default nothing */
  readonly opening?: Int32Array;
}

/**
 * The prompt, cut if that was chosen; undefined if it is left out. What is cut is its beginning, but for a
 * BOS token, as a completion continues its end. The reward model is told all of a conversation; a cut text is no
 * longer what was given.
 *
 * @param name for messages, as in `prompt 3`
 * @throws {AbacusError} `bad_usage` for a prompt that is refused, or if not one token has room
 */
export function fittingPrompt(
  prompt: Prompt,
  { context, max, long = "refuse", opening = new Int32Array() }: PromptRoom,
  name: string,
): Prompt | undefined {
  const { ids } = prompt;
  const room = context - max;
  if (ids.length <= room) return prompt;
  if (long === "skip") return undefined;
  const begins = ids[0] === opening[0] ? 1 : 0;
  if (long === "refuse" || room <= begins) {
    throw tooLong(name, { context, max, tokens: ids.length });
  }
  const kept = Int32Array.from([
    ...ids.subarray(0, begins),
    ...ids.subarray(ids.length - room + begins),
  ]);
  const { given } = prompt;
  // A text that was given with its special tokens would be whole: what is left of it, the ids have to tell.
  return given !== undefined && "messages" in given ? { ids: kept, given } : { ids: kept };
}

function tooLong(
  name: string,
  { context, max, tokens }: { context: number; max: number; tokens: number },
): AbacusError {
  return new AbacusError(
    "bad_usage",
    `Cannot use ${name} as the policy's context of ${context} must hold it and ` +
      `--max-new-tokens ${max}: received ${tokens} tokens`,
  );
}
