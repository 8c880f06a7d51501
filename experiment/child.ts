/**
 * Child: a program of this repository as a process of its own, its output in a log file.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { Stop } from "./stop.ts";

/** What is started: a Deno script with its flags, as a task of deno.json has them. */
export interface Program {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How it is started. */
export interface ChildOptions {
  /** Its file gets both streams, behind what stands there. */
  readonly log: string;
  readonly stop: Stop;
  /** Is given each piece of the output as well. */
  readonly onOutput?: (text: string) => void;
}

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * A task of deno.json as a program, without the task runner in between: a signal is meant for the
 * program itself.
 *
 * @throws {RangeError} where there is no such task, or it is no single `deno` command
 */
export function programOfTask(name: string): Program {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${root}/deno.json`));
  const words = String(tasks[name] ?? "").split(" ");
  const at = words.indexOf("deno");
  if (at < 0) throw new RangeError(`Cannot start '${name}' as it is no task of Deno's`);
  return {
    args: words.slice(at + 1),
    env: Object.fromEntries(words.slice(0, at).map(assigned)),
  };
}

/**
 * Runs a program in the repository's root to its end. The gentle stop sends it SIGINT, once; the hard
 * one SIGKILL. It leads a group of its own, so that a Ctrl-C in the terminal comes only from here.
 *
 * @returns its exit code
 */
export async function runChild(
  { args, env }: Program,
  words: readonly string[],
  { log, stop, onOutput }: ChildOptions,
): Promise<number> {
  // Opened first: where that fails nothing has been started that nobody would end.
  const file = await Deno.open(log, { append: true, create: true });
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args, ...words],
    cwd: root,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
  const done = new AbortController();
  onAbort(stop.gentle, () => endWith(child, "SIGINT"), done.signal);
  onAbort(stop.hard, () => endWith(child, "SIGKILL"), done.signal);
  try {
    await Promise.all([child.stdout, child.stderr].map(async (stream) => {
      for await (const bytes of stream) {
        file.writeSync(bytes);
        onOutput?.(new TextDecoder().decode(bytes));
      }
    }));
    return (await child.status).code;
  } finally {
    done.abort();
    file.close();
  }
}

/** Calls at once where it has been aborted already. */
function onAbort(signal: AbortSignal, call: () => void, until: AbortSignal): void {
  if (signal.aborted) call();
  else signal.addEventListener("abort", call, { once: true, signal: until });
}

function endWith(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended by itself meanwhile.
  }
}

/** A word such as `NAME=a=b` as the name and all that stands behind its first sign of equality. */
function assigned(word: string): [name: string, value: string] {
  const at = word.indexOf("=");
  return [word.slice(0, at), word.slice(at + 1)];
}
