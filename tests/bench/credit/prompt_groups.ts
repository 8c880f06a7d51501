/**
 * Prompt groups: completions of a policy, several of each prompt, from a file of the user's, such as the
 * `samples.jsonl` of a training run.
 *
 * @module
 */

import { z } from "zod";
import { AbacusError } from "../../../src/errors.ts";
import { readJsonLines } from "./json_lines.ts";

/** A completion, and the prompt that it is of. */
export interface Completion {
  readonly prompt: string;
  readonly completion: string;
}

/** Completions, those of each prompt one after the other. */
export interface PromptGroups {
  readonly completions: readonly Completion[];
  /** Completions of each prompt. */
  readonly perPrompt: number;
}

const line = z.object({
  prompt: z.string(),
  completion: z.string().min(1),
  step: z.number().optional(),
});

/**
 * Reads lines of JSON with a `prompt` and a `completion`. Lines of one prompt, and of one `step` if they have it,
 * stand together.
 *
 * @throws {AbacusError} `bad_usage` unless every prompt has as many completions, and at least two
 */
export async function promptGroups(path: string, count: number): Promise<PromptGroups> {
  const lines = await readJsonLines(path, line);
  const groups: (typeof lines)[] = [];
  for (const each of lines) {
    const last = groups.at(-1)?.[0];
    if (last?.prompt === each.prompt && last.step === each.step) groups.at(-1)!.push(each);
    else groups.push([each]);
  }
  const [perPrompt = 0] = groups.map(({ length }) => length);
  const other = groups.find(({ length }) => length !== perPrompt) ?? groups[0];
  if (perPrompt < 2 || other!.length !== perPrompt) {
    throw new AbacusError(
      "bad_usage",
      "Cannot compare completions as each prompt must have as many, and two at least: received " +
        `${other?.length ?? 0} of ${JSON.stringify(other?.[0]?.prompt ?? "")} in ${path}`,
    );
  }
  return { completions: groups.slice(0, Math.ceil(count / perPrompt)).flat(), perPrompt };
}
