/**
 * Task: the flags of `deno task bench:credit`, and what they choose.
 *
 * @module
 */

import type { FlagValues } from "../../../src/cli/task.ts";
import { AbacusError } from "../../../src/errors.ts";
import { help, integer, oneOf, text } from "../../../src/settings_readers.ts";
import { parseUnit, type UnitRule } from "../../../src/text/unit_rule.ts";
import { roundsFlag } from "../flags.ts";
import type { Choices } from "./ways.ts";

/** What can be measured, in order. */
export const sectionNames = [
  "planted",
  "negations",
  "curves",
  "real curves",
  "cost",
  "marked",
  "noise",
  "additive",
] as const;
/** One of {@linkcode sectionNames}. */
export type SectionName = typeof sectionNames[number];

/** The benchmark and its flags. */
export const task = {
  name: "bench:credit",
  summary: "measures every credit method at every unit on texts where the truth is known",
  flags: {
    model: text().default("models/movie-reward").register(help, {
      value: "DIR",
      description: "directory of the reward model",
    }),
    only: oneOf(...sectionNames).optional().register(help, {
      value: "SECTION",
      description: `one section alone: ${sectionNames.join(", ")}`,
      unset: "all, those of files where the file is given",
    }),
    method: text().optional().register(help, {
      value: "NAME",
      description: "one method alone",
      unset: "all that the model has",
    }),
    unit: text().optional().register(help, {
      value: "UNIT",
      description: "one unit alone, as in sentence or window:10",
      unset: "token, window:5, clause and sentence",
    }),
    texts: integer(1, 1_000_000).default(80).register(help, {
      value: "N",
      description: "most texts of a section",
    }),
    words: integer(1, 100_000).default(250).register(help, {
      value: "N",
      description: "words of a marked text that are read",
    }),
    rounds: roundsFlag(5),
    real: text().optional().register(help, {
      value: "FILE",
      description: "real texts for curves: JSON Lines with a text each",
      unset: "that section is left out",
    }),
    marked: text().optional().register(help, {
      value: "DIR",
      description: "texts with marked words, in the format of ERASER",
      unset: "that section is left out",
    }),
    groups: text().optional().register(help, {
      value: "FILE",
      description:
        "completions of your policy, several of each prompt: samples.jsonl of deno task ppo",
      unset: "the section on noise is left out",
    }),
    out: text().optional().register(help, {
      value: "FILE",
      description: "all rows as JSON",
      unset: "nothing is written",
    }),
  },
} as const;
/** The values of the flags. */
export type Flags = FlagValues<typeof task.flags>;

/** Sections of a file's texts, and the flag that gives the file. */
export const fileFlags: Partial<Record<SectionName, string>> = {
  "real curves": "--real",
  marked: "--marked",
  noise: "--groups",
};

/**
 * What the flags choose.
 *
 * @throws {AbacusError} `bad_usage` unless the unit is one
 */
export function choicesOf({ method, unit, texts, words, rounds }: Flags): Choices {
  return { method, units: unitsOf(unit), count: texts, words, rounds };
}

function unitsOf(text: string | undefined): readonly UnitRule[] {
  if (text === undefined) return ["token", { window: 5 }, "clause", "sentence"];
  const unit = parseUnit(text);
  if (unit !== undefined) return [unit];
  throw new AbacusError(
    "bad_usage",
    `Cannot use --unit as it must be a unit, as in window:5: received '${text}'`,
  );
}
