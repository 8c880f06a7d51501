/**
 * Help: the text of `--help`, made from the table of commands and the record of settings.
 *
 * @module
 */

import { helpOf, type SettingHelp } from "../settings.ts";
import type { Command } from "./command.ts";
import type { CommandEntry } from "./commands.ts";

/** The most characters of the first column of a listing. */
const widestTerm = 26;
/** The characters of a line. */
const width = 100;

/** The help of the program. */
export function programHelp(commands: readonly CommandEntry[]): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  return [
    "Dense rewards from reward models: the score of a completion and a reward for every token of it",
    "",
    "Usage: abacus COMMAND [arguments] [--flags]",
    "",
    ...listing(rows),
    "",
    "'abacus COMMAND --help' lists the flags of a command; --version prints the version.",
    "Every flag is also an environment variable: --max-queue is ABACUS_MAX_QUEUE. The flag takes precedence.",
    "ABACUS_DEBUG=1 adds the stack to an error.",
  ].join("\n");
}

/** The help of one command. */
export function commandHelp({ name, summary }: CommandEntry, command: Command): string {
  const operands = command.operands.map((each) => each.optional ? `[${each.name}]` : each.name);
  const arguments_ = command.operands.map((each) => [each.name, each.help] as const);
  return [
    `abacus ${name}: ${summary}`,
    "",
    `Usage: ${["abacus", name, ...operands, "[--flags]"].join(" ")}`,
    "",
    ...listing(arguments_),
    ...(arguments_.length === 0 ? [] : [""]),
    ...settingsHelp(command.settings.map(helpOf)),
    "",
    "Each flag is also an environment variable: --model is ABACUS_MODEL. The flag takes precedence.",
  ].join("\n");
}

/** A line or more of each setting. */
export function settingsHelp(settings: readonly SettingHelp[]): string[] {
  return listing(settings.map(({ flag, value, description, fallback }) => [
    value === undefined ? flag : `${flag} ${value}`,
    fallback === undefined ? description : `${description} (default: ${fallback})`,
  ]));
}

/** Terms on the left, and their meanings on the right, wrapped. */
function listing(rows: readonly (readonly [term: string, meaning: string])[]): string[] {
  const column = Math.min(widestTerm, Math.max(0, ...rows.map(([term]) => term.length)));
  return rows.flatMap(([term, meaning]) => {
    const lines = wrapped(meaning, width - column - 4);
    const head = term.length > column ? [`  ${term}`] : [];
    const first = head.length === 0 ? term : "";
    return [
      ...head,
      ...lines.map((line, index) => `  ${(index === 0 ? first : "").padEnd(column)}  ${line}`),
    ];
  });
}

function wrapped(text: string, columns: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line !== "" && line.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}
