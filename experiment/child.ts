/**
 * Child: runs a program of this repository as a process, with its output in a log file.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { Stop } from "./stop.ts";

/** A Deno script with its flags, as in a task of deno.json. */
export interface Program {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Options of a process. */
export interface ChildOptions {
  /** Both streams are appended to this file. */
  readonly log: string;
  readonly stop: Stop;
  /** Called with each piece of output. */
  readonly onOutput?: (text: string) => void;
}

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * A task of deno.json as a program. It runs without the task runner, so that signals reach it.
 *
 * @throws {RangeError} if there is no such task, or it is not a single `deno` command
 */
export function programOfTask(name: string): Program {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${root}/deno.json`));
  const words = String(tasks[name] ?? "").split(" ");
  const at = words.indexOf("deno");
  if (at < 0) throw new RangeError(`Cannot start '${name}' as it is not a task of deno.json`);
  return {
    args: words.slice(at + 1),
    env: Object.fromEntries(words.slice(0, at).map(assigned)),
  };
}

/**
 * Runs a program in the repository's root until it exits. The gentle stop sends SIGINT, the hard one SIGKILL.
 * It has a process group of its own, so that Ctrl-C in the terminal does not reach it directly.
 *
 * @returns its exit code
 */
export async function runChild(
  { args, env }: Program,
  words: readonly string[],
  { log, stop, onOutput }: ChildOptions,
): Promise<number> {
  // Opened first: if that fails, no process has been started.
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

/** Calls immediately if the signal is already aborted. */
function onAbort(signal: AbortSignal, call: () => void, until: AbortSignal): void {
  if (signal.aborted) call();
  else signal.addEventListener("abort", call, { once: true, signal: until });
}

function endWith(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has already exited.
  }
}

/** Splits a word such as `NAME=a=b` at its first equals sign. */
function assigned(word: string): [name: string, value: string] {
  const at = word.indexOf("=");
  return [word.slice(0, at), word.slice(at + 1)];
}
