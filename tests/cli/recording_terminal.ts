/**
 * A terminal for tests, which keeps what was written.
 *
 * @module
 */

import type { Terminal } from "../../src/cli/command.ts";

/** A {@linkcode Terminal} that nobody watches. */
export class RecordingTerminal implements Terminal {
  readonly interactive = false;
  readonly printed: string[] = [];
  readonly notes: string[] = [];
  readonly #onNote: (line: string) => void;

  /** @param onNote told of every note when it comes */
  constructor(onNote: (line: string) => void = () => {}) {
    this.#onNote = onNote;
  }

  print(line: string): void {
    this.printed.push(line);
  }

  note(line: string): void {
    this.notes.push(line);
    this.#onNote(line);
  }
}
