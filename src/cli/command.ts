/**
 * Command: the contract between the program and each of its commands, which has a file of its own and
 * an entry in the table (`commands.ts`).
 *
 * A command gets checked settings and does not access the arguments, the environment or the process. It
 * writes to the given terminal, stops when the signal aborts, and returns its exit code or throws.
 *
 * @module
 */

import type { SettingName, Settings } from "../settings.ts";

/** The output of a command. Only this folder writes to the process's own streams. */
export interface Terminal {
  /** Whether notes go to a terminal, on which a line can be redrawn. */
  readonly interactive: boolean;
  /** One line of result, on standard output. */
  print(line: string): void;
  /** One line about the work, on standard error. */
  note(line: string): void;
}

/** What the process that started this one can tell it. */
export interface Parent {
  /** Calls `listener` on every SIGHUP, which would end the process otherwise. */
  onHangUp(listener: () => void): void;
  /** Settles when the pipe on standard input closes; undefined where none is there. */
  inputEnd(): Promise<void> | undefined;
}

/** A positional argument, as the help shows it. */
export interface Operand {
  readonly name: string;
  readonly help: string;
  /** Whether it can be omitted. */
  readonly optional?: boolean;
}

/** The exit code of a command that was stopped, as shells report SIGINT. */
export const STOPPED = 130;

/** One use of a command. */
export interface Call<Name extends SettingName = SettingName> {
  readonly settings: Pick<Settings, Name>;
  /** As many as the command's operands, fewer where the last ones are optional. */
  readonly operands: readonly string[];
  readonly terminal: Terminal;
  /** Aborts at the first SIGINT or SIGTERM, whose name is the reason; the second ends the process. */
  readonly signal: AbortSignal;
  /** Absent where there is no process of its own. */
  readonly parent?: Parent | undefined;
}

/** A command. Its name and summary are in the table of commands. */
export interface Command<Name extends SettingName = SettingName> {
  readonly operands: readonly Operand[];
  /** The settings that it reads, in the order of the help. */
  readonly settings: readonly Name[];
  /** Settings whose flag can be repeated; their separator joins the values. @default none */
  readonly repeatable?: readonly Name[];
  /**
   * @returns the exit code: 0, {@linkcode STOPPED} where the signal stopped it before the end, or one
   * of the command's own
   */
  run(call: Call<Name>): Promise<number>;
}

/**
 * A command whose call has exactly the settings that it names.
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
export function defineCommand<const Name extends SettingName>(
  command: Command<Name>,
): Command<Name> {
  return command;
}
