/**
 * The command line without a process: what a command prints, notes and returns.
 *
 * @module
 */

import { runProgram } from "../../src/cli/program.ts";
import { RecordingTerminal } from "./recording_terminal.ts";

/** What came of a command. */
export interface Ran {
  readonly code: number;
  readonly printed: string;
  readonly notes: readonly string[];
}

/** Runs the program as `abacus` with these words; no environment variable is set. */
export async function abacus(
  words: readonly string[],
  { signal = new AbortController().signal, onNote }: {
    readonly signal?: AbortSignal;
    readonly onNote?: (line: string) => void;
  } = {},
): Promise<Ran> {
  const terminal = new RecordingTerminal(onNote);
  const code = await runProgram(words, { terminal, signal, variable: () => undefined });
  return { code, printed: terminal.printed.join("\n"), notes: terminal.notes };
}
