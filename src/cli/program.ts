/**
 * The program: from the words of the command line to an exit code.
 *
 * The only place that turns failures into text and codes. It is given the terminal, the environment
 * and the signal, so that tests can run it whole; `main.ts` gives it the process's own.
 *
 * @module
 */

import { AbacusError, type ErrorKind, messageOf } from "../errors.ts";
import { nearest } from "../spelling.ts";
import { readArguments } from "./arguments.ts";
import type { Terminal } from "./command.ts";
import { type CommandEntry, commands as everyCommand } from "./commands.ts";
import { commandHelp, programHelp } from "./help.ts";
import { version } from "./version.ts";

/** What the program is given. */
export interface Surroundings {
  readonly terminal: Terminal;
  /** Reads an environment variable. */
  readonly variable: (name: string) => string | undefined;
  /** Aborted when the program is asked to stop. */
  readonly signal: AbortSignal;
  /** @default {every command} */
  readonly commands?: readonly CommandEntry[];
}

/** Exit codes by kind of failure; every other kind is 1. */
const exitCodes: Partial<Record<ErrorKind, number>> = { bad_usage: 2, cancelled: 130 };

/**
 * Runs one command.
 *
 * @returns the exit code: 0 done, 1 failed, 2 used wrongly, 130 stopped before the end
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
  { terminal, variable, signal, commands = everyCommand }: Surroundings,
): Promise<number> {
  if (name === undefined || asks("help", [name])) return say(terminal, programHelp(commands));
  if (asks("version", [name, ...words])) return say(terminal, `abacus ${version}`);
  const entry = commands.find((each) => each.name === name);
  if (entry === undefined) throw unknownCommand(name, commands);
  const command = await entry.load();
  if (asks("help", words)) return say(terminal, commandHelp(entry, command));
  const read = readArguments({ command: name, ...command }, { words, variable });
  return await command.run({ ...read, terminal, signal });
}

/** Whether `--help` or the like stands among the flags; behind `--` it would be an operand. */
function asks(what: "help" | "version", words: readonly string[]): boolean {
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

/** One line for the person at the terminal; the stack only where it was asked for. */
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
