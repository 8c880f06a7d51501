/**
 * Child port: a host of sessions in a process of its own. Where the native runtime aborts, or the system
 * kills it for its memory, this process goes on.
 *
 * @module
 */

import { messageOf } from "../errors.ts";
import { libraryEnvironment } from "./environment.ts";
import { encodeFrame, readFrames } from "./frame.ts";
import type { Listener, Port } from "./port.ts";
import type { WorkerReply } from "./protocol.ts";

/**
 * What the child may do: open onnxruntime's library, read, and keep the profile of a GPU's warm-up for a moment.
 * It has no network, sees no variables and starts nothing.
 */
const permissions = ["--no-prompt", "--allow-ffi", "--allow-read", "--allow-write=/tmp"];

/**
 * The Deno that may be run; undefined where none may. With a variable such as LD_LIBRARY_PATH, which decides what
 * a program loads, Deno starts none unless it is given --allow-run without names: only trying tells.
 */
export function runnableDeno(): string | undefined {
  const may = (command: string) =>
    Deno.permissions.querySync({ name: "run", command }).state === "granted";
  return [Deno.execPath(), "deno"].find((command) => may(command) && starts(command));
}

function starts(command: string): boolean {
  try {
    const quiet = { stdin: "null", stdout: "null", stderr: "null" } as const;
    return new Deno.Command(command, { args: ["--version"], ...quiet }).outputSync().success;
  } catch {
    return false;
  }
}

/** What comes back from a child: the memory that it has, too. */
export type ChildReply = WorkerReply & { readonly residentBytes: number };

/** Options of {@linkcode childPort}. */
export interface ChildOptions {
  /** What it runs; tests put another here. @default child.ts beside this */
  readonly script?: string;
  /** Called with the memory of the child, in bytes, whenever it answers. */
  readonly onMemory?: (residentBytes: number) => void;
}

/** @param deno the program that runs the child */
export function childPort(deno: string, options: ChildOptions = {}): Port {
  const { script = import.meta.resolve("./child.ts"), onMemory = () => {} } = options;
  const child = new Deno.Command(deno, {
    args: ["run", ...permissions, script],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
    env: libraryEnvironment(),
  }).spawn();
  const input = child.stdin.getWriter();
  input.closed.catch(() => {}); // a broken pipe is told by the child's end
  // Where `deno` is a script around the program, the signal ends the script: the program ends with its input.
  const stop = () => (kill(child), void input.abort().catch(() => {}));
  let isHeard = false;
  return {
    post: (request) => void input.write(encodeFrame(request)).catch(() => {}),
    listen(listener) {
      isHeard = true;
      void hear(child, listener, { onMemory, stop });
    },
    async end() {
      stop();
      if (!isHeard) await child.stdout.cancel();
      await child.status;
    },
  };
}

async function hear(
  child: Deno.ChildProcess,
  { reply, death }: Listener,
  { onMemory, stop }: { onMemory: (residentBytes: number) => void; stop: () => void },
): Promise<void> {
  let unreadable: string | undefined;
  try {
    for await (const message of readFrames(child.stdout)) {
      const answer = message as ChildReply;
      onMemory(answer.residentBytes);
      reply(answer);
    }
  } catch (error) {
    unreadable = messageOf(error);
    stop();
  }
  const { code, signal } = await child.status;
  if (unreadable !== undefined) return death(unreadable, "unreadable");
  const end = signal ?? `exit code ${code}`;
  death(`the engine's process ended: received ${end}`, signal ?? `exit_${code}`);
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
