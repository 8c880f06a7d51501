/**
 * A terminal for tests, which keeps what was written.
 *
 * @module
 */

import type { Terminal } from "../../src/cli/command.ts";

/** A {@linkcode Terminal} that records its lines. */
export class RecordingTerminal implements Terminal {
  readonly interactive = false;
  readonly printed: string[] = [];
  readonly notes: string[] = [];
  readonly #onNote: (line: string) => void;

  /** @param onNote called with every note */
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
