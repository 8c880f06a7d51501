/**
 * Command: the contract between the program and each of its commands, which have a file of their own
 * and one entry in the table (`commands.ts`).
 *
 * A command sees settings that were already read and checked, never the arguments, the environment
 * or the process: it writes to the terminal it is given, stops when the signal says so, and returns
 * its exit code. It fails by throwing.
 *
 * @module
 */

import type { SettingName, Settings } from "../settings.ts";

/** Where a command writes. Only this folder writes to the process's own streams. */
export interface Terminal {
  /** Whether a person is watching the notes, so that a line may be drawn over. */
  readonly interactive: boolean;
  /** One line of result, on standard output. */
  print(line: string): void;
  /** One line about the work, on standard error. */
  note(line: string): void;
}

/** A positional argument, as the help shows it. */
export interface Operand {
  readonly name: string;
  readonly help: string;
  /** Whether it may be left out. */
  readonly optional?: boolean;
}

/** One use of a command. */
export interface Call<Name extends SettingName = SettingName> {
  readonly settings: Pick<Settings, Name>;
  /** As many as the command's operands, fewer where the last ones are optional. */
  readonly operands: readonly string[];
  readonly terminal: Terminal;
  /** Aborted by the first SIGINT or SIGTERM, the signal's name being the reason; the second ends the process. */
  readonly signal: AbortSignal;
}

/** One thing the program can do. Its name and summary stand in the table of commands. */
export interface Command<Name extends SettingName = SettingName> {
  readonly operands: readonly Operand[];
  /** The settings it reads, in the order in which the help shows them. */
  readonly settings: readonly Name[];
  /** Those whose flag may be given several times; their values are joined by commas. @default none */
  readonly repeatable?: readonly Name[];
  /** @returns the exit code: 0 done, 130 stopped by the signal before the end */
  run(call: Call<Name>): Promise<number>;
}

/**
 * A command whose call holds exactly the settings it names.
 *
 * @example A command that greets
 * ```ts
 * import { defineCommand } from "./command.ts";
 *
 * const greet = defineCommand({
 *   operands: [],
 *   settings: ["host", "port"],
 *   run({ settings, terminal }) {
 *     terminal.print(`${settings.host}:${settings.port}`);
 *     return Promise.resolve(0);
 *   },
 * });
 * ```
 */
export function defineCommand<const Name extends SettingName>(page: Command<Name>): Command<Name> {
  return page;
}
