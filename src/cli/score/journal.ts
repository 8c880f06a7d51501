/**
 * Journal: the lines that a run has finished, kept so that a kill at any moment loses at most the
 * lines of one commit and never repeats any.
 *
 * Beside the file of lines stands a small state file that says what the run is (its fingerprint) and
 * how many lines and bytes of the file are committed. A commit writes and syncs the lines first and
 * puts the state in place after; whatever lies behind the committed bytes, a torn line included, is
 * cut off when the run resumes. A lock keeps two runs from writing the same file. Knows nothing of
 * what the lines mean.
 *
 * @module
 */

import { z } from "zod";
import { AbacusError, messageOf } from "../../errors.ts";
import { ifThere, replaceFile, writeAll } from "../../files.ts";

/** What a run is made of, part by part; a run resumes only where every part is the same. */
export type Fingerprint = Readonly<Record<string, string>>;

const stateSchema = z.strictObject({
  fingerprint: z.record(z.string(), z.string()),
  lines: z.int().min(0),
  bytes: z.int().min(0),
  counts: z.record(z.string(), z.number()),
});

type State = z.infer<typeof stateSchema>;

/** Where and how to open. */
export interface JournalOptions {
  readonly path: string;
  readonly fingerprint: Fingerprint;
  /** What will be made of the lines, where that is another file. */
  readonly result?: string;
  /** Whether lines of an earlier run are thrown away. */
  readonly fresh: boolean;
}

/** Lines that are being written. */
export class Journal implements AsyncDisposable {
  readonly #options: JournalOptions;
  readonly #file: Deno.FsFile;
  #state: State;

  private constructor(options: JournalOptions, file: Deno.FsFile, state: State) {
    this.#options = options;
    this.#file = file;
    this.#state = state;
  }

  /**
   * Opens the file of lines, behind the last committed one.
   *
   * @throws {AbacusError} `bad_usage` where the file is not an interrupted run of this fingerprint,
   * or another run holds it
   */
  static async open(options: JournalOptions): Promise<Journal> {
    const state = options.fresh ? undefined : await readState(options);
    if (state === undefined && !options.fresh) {
      for (const path of [options.path, options.result ?? options.path]) {
        await refuseToReplace(path);
      }
    }
    const file = await openFile(options.path);
    try {
      await lock(file, options.path);
      const settled = state ?? { fingerprint: options.fingerprint, lines: 0, bytes: 0, counts: {} };
      await cut(file, settled.bytes, options.path);
      const journal = new Journal(options, file, settled);
      await journal.#writeState();
      return journal;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** How many lines are committed. */
  get lines(): number {
    return this.#state.lines;
  }

  /** The running totals that were committed with them. */
  get counts(): Readonly<Record<string, number>> {
    return this.#state.counts;
  }

  /** Adds lines, all of them or, where the process dies on the way, none. */
  async commit(lines: readonly string[], counts: Readonly<Record<string, number>>): Promise<void> {
    const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
    await writeAll(this.#file, bytes);
    await this.#file.syncData();
    this.#state = {
      ...this.#state,
      lines: this.#state.lines + lines.length,
      bytes: this.#state.bytes + bytes.length,
      counts: { ...counts },
    };
    await this.#writeState();
  }

  /** Declares the run complete: the state goes, and the lines where they are not the result. */
  async complete(): Promise<void> {
    const { path, result = path } = this.#options;
    await Deno.remove(statePath(path));
    if (result !== path) await Deno.remove(path);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#file.close();
    return Promise.resolve();
  }

  async #writeState(): Promise<void> {
    await replaceFile(statePath(this.#options.path), `${JSON.stringify(this.#state)}\n`);
  }
}

/** The state file of a file of lines. */
export function statePath(path: string): string {
  return `${path}.state.json`;
}

async function readState({ path, fingerprint }: JournalOptions): Promise<State | undefined> {
  const text = await ifThere(Deno.readTextFile(statePath(path)));
  if (text === undefined) return undefined;
  const state = parseState(text, path);
  const names = new Set([...Object.keys(state.fingerprint), ...Object.keys(fingerprint)]);
  const changed = [...names].filter((name) => state.fingerprint[name] !== fingerprint[name]);
  // A run that committed nothing can be replaced.
  if (changed.length === 0 || state.lines === 0) return { ...state, fingerprint };
  const was = changed.map((name) => `${name} was ${state.fingerprint[name] ?? "not set"}`);
  const is = changed.map((name) => `${name} ${fingerprint[name] ?? "not set"}`);
  throw refusal(
    `an interrupted run of ${path} was another one: ${was.join(", ")} (--fresh starts over)`,
    is.join(", "),
  );
}

function parseState(text: string, path: string): State {
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new AbacusError(
      "bad_usage",
      `Cannot resume as the state file is damaged (--fresh starts over): received ${
        statePath(path)
      }`,
      { cause },
    );
  }
}

/** A file without a state may be the result of something else and is not overwritten unasked. */
async function refuseToReplace(path: string): Promise<void> {
  const file = await ifThere(Deno.stat(path));
  if (file !== undefined && file.size > 0) {
    throw refusal("the output exists already (--fresh replaces it)", path);
  }
}

async function openFile(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { read: true, write: true, create: true });
  } catch (cause) {
    throw new AbacusError("bad_usage", `Cannot write as ${messageOf(cause)}: received ${path}`, {
      cause,
    });
  }
}

async function lock(file: Deno.FsFile, path: string): Promise<void> {
  if (await file.tryLock(true)) return;
  throw refusal("another run is writing to it", path);
}

async function cut(file: Deno.FsFile, bytes: number, path: string): Promise<void> {
  const { size } = await file.stat();
  if (size < bytes) {
    throw refusal(`the output lost rows since the run was interrupted (--fresh starts over)`, path);
  }
  await file.truncate(bytes);
  await file.seek(bytes, Deno.SeekMode.Start);
}

function refusal(reason: string, received: string): AbacusError {
  return new AbacusError("bad_usage", `Cannot score as ${reason}: received ${received}`);
}
