/**
 * The program: runs the command of a command line, and returns the exit code.
 *
 * The only place that turns errors into text and exit codes. The terminal, the environment and the
 * signal are parameters, so that tests can run the whole program; `main.ts` passes those of the process.
 *
 * @module
 */

import { AbacusError, type ErrorKind, messageOf } from "../errors.ts";
import { nearest } from "../spelling.ts";
import { readArguments } from "./arguments.ts";
import { type Parent, STOPPED, type Terminal } from "./command.ts";
import { type CommandEntry, commands as everyCommand } from "./commands.ts";
import { commandHelp, programHelp } from "./help.ts";
import { version } from "./version.ts";

/** The environment of the program. */
export interface Surroundings {
  readonly terminal: Terminal;
  /** Reads an environment variable. */
  readonly variable: (name: string) => string | undefined;
  /** Aborts when the program should stop. */
  readonly signal: AbortSignal;
  readonly parent?: Parent;
  /** @default {every command} */
  readonly commands?: readonly CommandEntry[];
}

/**
 * Exit codes by kind of failure; every other kind is 1. That of wrong usage is EX_USAGE of sysexits.h:
 * 2 and 3 are those of `score` for rows that failed, which a script may want to let pass.
 */
const exitCodes: Partial<Record<ErrorKind, number>> = { bad_usage: 64, cancelled: STOPPED };

/**
 * Runs one command.
 *
 * @returns the exit code: 0 done, 1 failed, 2 or 3 some or all rows of a file failed, 64 used wrongly,
 * 130 stopped before the end
 */
export async function runProgram(
  words: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  try {
    return await dispatch(words, surroundings);
  } catch (thrown) {
    report(thrown, surroundings);
    return (thrown instanceof AbacusError ? exitCodes[thrown.kind] : undefined) ?? 1;
  }
}

async function dispatch(
  [name, ...words]: readonly string[],
  { terminal, variable, signal, parent, commands = everyCommand }: Surroundings,
): Promise<number> {
  if (name === undefined || hasFlag("help", [name])) return say(terminal, programHelp(commands));
  if (hasFlag("version", [name, ...words])) return say(terminal, `abacus ${version}`);
  const entry = commands.find((each) => each.name === name);
  if (entry === undefined) throw unknownCommand(name, commands);
  const command = await entry.load();
  if (hasFlag("help", words)) return say(terminal, commandHelp(entry, command));
  const read = readArguments({ command: name, ...command }, { words, variable });
  return await command.run({ ...read, terminal, signal, parent });
}

/** Whether a flag is among the words; behind `--` it would be an operand. */
function hasFlag(what: "help" | "version", words: readonly string[]): boolean {
  const end = words.indexOf("--");
  const flags = end < 0 ? words : words.slice(0, end);
  return flags.some((word) => word === `--${what}` || (what === "help" && word === "-h"));
}

function say(terminal: Terminal, text: string): number {
  terminal.print(text);
  return 0;
}

function unknownCommand(name: string, commands: readonly CommandEntry[]): AbacusError {
  const names = commands.map((each) => each.name);
  const hint = nearest(name, names);
  const advice = hint === undefined
    ? `commands are ${names.join(", ")}`
    : `did you mean '${hint}'?`;
  return new AbacusError(
    "bad_usage",
    `Cannot run as there is no such command (${advice}): received '${name}'`,
  );
}

/** Writes an error as one line, with the stack only for ABACUS_DEBUG. */
function report(thrown: unknown, { terminal, variable }: Surroundings): void {
  const kind = thrown instanceof AbacusError ? thrown.kind : "failure";
  const message = messageOf(thrown).replaceAll(/\s*\n\s*/g, " ");
  const path = thrown instanceof AbacusError && thrown.path ? ` (at ${thrown.path})` : "";
  terminal.note(`abacus: ${kind}: ${message}${path}`);
  if (!variable("ABACUS_DEBUG")) return;
  for (let error = thrown; error instanceof Error; error = error.cause) {
    terminal.note(error.stack ?? error.message);
  }
}
