/**
 * The process as the environment of the program: its streams, variables and signals.
 *
 * @module
 */

import { fstatSync } from "node:fs";
import process from "node:process";
import type { Parent } from "./command.ts";
import type { Surroundings } from "./program.ts";

/** Exit codes of a process that a signal ended, as shells report them. */
const signalCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/** The exit code of a process that SIGPIPE ended. */
const brokenPipeCode = 141;

/**
 * With `deno task`, Ctrl-C reaches the program twice: from the terminal, and from the task. A second
 * signal within this time is the same key press.
 */
const samePressMs = 500;

/** The environment. The first SIGINT or SIGTERM aborts its signal; the second ends the process. */
export function processSurroundings(): Surroundings {
  // The reader of the results has closed the pipe, as in `inspect --graph | head`.
  process.stdout.on("error", () => process.exit(brokenPipeCode));
  // The work continues without a reader of the notes.
  process.stderr.on("error", () => {});
  return {
    terminal: {
      interactive: process.stderr.isTTY === true,
      print: (line) => void process.stdout.write(`${line}\n`),
      note: (line) => void process.stderr.write(`${line}\n`),
    },
    variable: (name) => process.env[name],
    signal: stopSignal(),
    parent,
  };
}

const parent: Parent = {
  onHangUp: (listener) => void process.on("SIGHUP", listener),
  inputEnd() {
    if (!isPipe(0)) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const event of ["end", "close", "error"]) process.stdin.on(event, () => resolve());
    process.stdin.resume(); // What is written is dropped.
    return promise;
  },
};

/** No terminal, whose reader would be stopped in the background, and not /dev/null, which is at its end. */
function isPipe(descriptor: number): boolean {
  try {
    const stat = fstatSync(descriptor);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false; // It was closed before the start.
  }
}

/** The time that the process has to end by itself. */
const endMs = 2_000;

/**
 * Ends the process with this code once no work is left. Ending it at once could unload a GPU's driver
 * while a worker still releases it; after two seconds the process ends in any case.
 */
export function endProcess(code: number): void {
  process.exitCode = code;
  for (const name of ["SIGINT", "SIGTERM"] as const) process.removeAllListeners(name);
  Deno.unrefTimer(setTimeout(() => process.exit(code), endMs));
}

function stopSignal(): AbortSignal {
  const stop = new AbortController();
  let pressedMs = -Infinity;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      const nowMs = performance.now();
      if (name === "SIGINT" && nowMs - pressedMs < samePressMs) return;
      if (name === "SIGINT") pressedMs = nowMs;
      if (stop.signal.aborted) process.exit(signalCodes[name]);
      stop.abort(name);
    });
  }
  return stop.signal;
}
