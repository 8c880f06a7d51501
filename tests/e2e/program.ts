/**
 * The program as a process, started by the very task that users start, with the bundled model.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { programOfTask } from "../../experiment/child.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Why the bundled model cannot be used; undefined where it can. */
export const modelMissing: string | undefined =
  existsSync(new URL("../../models/movie-reward/model.safetensors", import.meta.url))
    ? undefined
    : "models/movie-reward has not been made";

/** A process of the program. */
export class Program implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stderr: ReadableStreamDefaultReader<string>;
  #notes = "";
  #inputOpen = true;
  #ended: Promise<number> | undefined;

  /**
   * Starts `deno task TASK WORDS`, without the shell in between: a signal is meant for the program
   * itself.
   *
   * @param more environment variables beside those of the task
   * @param options `shell` is what a shell does before it becomes the program
   */
  constructor(
    task: string,
    words: readonly string[],
    more: Readonly<Record<string, string>> = {},
    { shell }: { readonly shell?: string } = {},
  ) {
    const { env, args } = programOfTask(task);
    const own = [...args, ...words];
    const prepared = ["-c", `${shell}; exec "$0" "$@"`, Deno.execPath(), ...own];
    const command = new Deno.Command(shell === undefined ? Deno.execPath() : "sh", {
      args: shell === undefined ? own : prepared,
      cwd: root,
      env: { ...env, ...more, NO_COLOR: "1" },
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
    });
    this.#child = command.spawn();
    this.#stderr = this.#child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Everything that was noted so far. */
  get notes(): string {
    return this.#notes;
  }

  /** Reads on until the notes match. @throws {Error} where the process ends before they do */
  async noted(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#notes);
      if (match !== null) return match;
      if (!await this.#read()) throw new Error(`never noted ${pattern}, but:\n${this.#notes}`);
    }
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Closes the program's standard input, as the end of its parent does. */
  async closeInput(): Promise<void> {
    if (this.#inputOpen) await this.#child.stdin.close().catch(() => {});
    this.#inputOpen = false;
  }

  /** Waits for the end. @returns the exit code */
  ended(): Promise<number> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended === undefined) this.#child.kill("SIGKILL");
    await this.ended();
    await this.closeInput();
  }

  async #end(): Promise<number> {
    while (await this.#read());
    return (await this.#child.status).code;
  }

  async #read(): Promise<boolean> {
    const { done, value } = await this.#stderr.read();
    this.#notes += value ?? "";
    return !done;
  }
}

/** A server that listens, and its address. */
export interface Server extends AsyncDisposable {
  readonly program: Program;
  readonly url: string;
}

/** Starts `serve` on a free port and waits for its line. */
export async function startServer(
  flags: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
  options: { readonly shell?: string } = {},
): Promise<Server> {
  const program = new Program("serve", ["--port=0", ...flags], environment, options);
  const [, url = ""] = await program.noted(/(https?:\/\/\S+)\n/);
  return { program, url, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}
