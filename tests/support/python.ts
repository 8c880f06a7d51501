/**
 * A Python process that answers JSON lines, and how to find a Python that has what it needs.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** A running peer. */
export class PythonPeer implements AsyncDisposable {
  /** The first line it says: its versions. */
  readonly greeting: Readonly<Record<string, unknown>>;
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    process: Deno.ChildProcess,
    lines: AsyncIterator<string>,
    greeting: Readonly<Record<string, unknown>>,
  ) {
    this.#process = process;
    this.#writer = process.stdin.getWriter();
    this.#lines = lines;
    this.greeting = greeting;
  }

  /** Starts a script, which greets with a line of JSON. */
  static async start(python: string, script: URL, args: readonly string[]): Promise<PythonPeer> {
    const command = new Deno.Command(python, {
      args: [fileURLToPath(script), ...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    });
    const process = command.spawn();
    const lines = linesOf(process.stdout);
    return new PythonPeer(process, lines, JSON.parse(await next(lines)));
  }

  /** Sends one request and waits for its answer. */
  async ask<T>(request: unknown): Promise<T> {
    await this.#writer.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
    return JSON.parse(await next(this.#lines));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close();
    await this.#process.status;
  }
}

/** Where a Python for a comparison may be. */
const anyPython = [
  Deno.env.get("ABACUS_PYTHON"),
  ".venv/bin/python",
  Deno.env.get("ABACUS_PEERS_PYTHON"),
  ".venv-peers/bin/python",
  "python3",
];

/**
 * The first Python that imports the modules; undefined where there is none. Clients of peers have an environment
 * of their own, as they want other versions than the oracle's.
 */
export async function findPython(
  modules: readonly string[],
  candidates: readonly (string | undefined)[] = anyPython,
): Promise<string | undefined> {
  for (const python of candidates) {
    if (python !== undefined && await imports(python, modules)) return python;
  }
}

async function imports(python: string, modules: readonly string[]): Promise<boolean> {
  try {
    const args = ["-c", `import ${modules.join(", ")}`];
    const { success } = await new Deno.Command(python, { args, stderr: "null" }).output();
    return success;
  } catch {
    return false; // no such program
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

async function next(lines: AsyncIterator<string>): Promise<string> {
  const { value, done } = await lines.next();
  if (done === true) throw new Error("Cannot hear from Python as it ended");
  return value;
}
