/**
 * Journal: the finished lines of a run. A process killed at any moment loses at most the lines of one
 * commit, and a resumed run repeats none.
 *
 * A small state file beside the lines holds the fingerprint of the run and the number of committed
 * lines and bytes. A commit writes and syncs the lines first, and then replaces the state. Anything
 * behind the committed bytes, such as an incomplete line, is cut off when the run resumes. A lock
 * prevents two runs from writing the same file. Knows nothing of the content of lines.
 *
 * @module
 */

import { z } from "zod";
import { AbacusError, messageOf } from "../../errors.ts";
import { ifThere, replaceFile, writeAll } from "../../files.ts";
import { cannotScore } from "./row.ts";

/** What identifies a run. A run resumes only where every value is the same. */
export type Fingerprint = Readonly<Record<string, string>>;

const stateSchema = z.strictObject({
  fingerprint: z.record(z.string(), z.string()),
  lines: z.int().min(0),
  bytes: z.int().min(0),
  counts: z.record(z.string(), z.number()),
});

type State = z.infer<typeof stateSchema>;

/** How a journal is opened. */
export interface JournalOptions {
  readonly path: string;
  readonly fingerprint: Fingerprint;
  /** The file that is made from the lines at the end. @default {the file of lines itself} */
  readonly result?: string;
  /** Whether the lines of an earlier run are discarded. */
  readonly fresh: boolean;
}

/** An open journal. */
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
   * Opens the file of lines behind the last committed line.
   *
   * @throws {AbacusError} `bad_usage` where the file is not an interrupted run of this fingerprint,
   * or another run has locked it
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

  /** The number of committed lines. */
  get lines(): number {
    return this.#state.lines;
  }

  /** The totals that were committed with the lines. */
  get counts(): Readonly<Record<string, number>> {
    return this.#state.counts;
  }

  /** Adds all lines or, if the process ends meanwhile, none. */
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

  /** Ends a complete run: removes the state, and the lines where they are not the result. */
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
  // A run without committed lines can be replaced by any other.
  if (changed.length === 0 || state.lines === 0) return { ...state, fingerprint };
  const was = changed.map((name) => `${name} was ${state.fingerprint[name] ?? "not set"}`);
  const is = changed.map((name) => `${name} ${fingerprint[name] ?? "not set"}`);
  throw cannotScore(
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

/** A file without a state is a result, and only --fresh overwrites it. */
async function refuseToReplace(path: string): Promise<void> {
  const file = await ifThere(Deno.stat(path));
  if (file !== undefined && file.size > 0) {
    throw cannotScore("the output exists already (--fresh replaces it)", path);
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
  throw cannotScore("another run is writing to it", path);
}

async function cut(file: Deno.FsFile, bytes: number, path: string): Promise<void> {
  const { size } = await file.stat();
  if (size < bytes) {
    throw cannotScore(
      `the output lost rows since the run was interrupted (--fresh starts over)`,
      path,
    );
  }
  await file.truncate(bytes);
  await file.seek(bytes, Deno.SeekMode.Start);
}
