/**
 * The process: its streams, its environment and its signals, as the program is given them.
 *
 * @module
 */

import process from "node:process";
import type { Surroundings } from "./program.ts";

/** Exit codes of a process that a signal ended, as shells count them. */
const signalCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/** As of a process that SIGPIPE ended. */
const brokenPipeCode = 141;

/**
 * Ctrl-C reaches the program twice where `deno task` runs it: from the terminal, and passed on by the
 * task. What comes this soon after the first is the same press.
 */
const samePressMs = 500;

/**
 * The process as the program sees it. The first SIGINT or SIGTERM aborts the signal; the second ends
 * the process at once.
 */
export function processSurroundings(): Surroundings {
  // Whoever reads the results has seen enough, as in `inspect --graph | head`.
  process.stdout.on("error", () => process.exit(brokenPipeCode));
  // Nobody reads the notes any more, which is no reason to stop working.
  process.stderr.on("error", () => {});
  return {
    terminal: {
      interactive: process.stderr.isTTY === true,
      print: (line) => void process.stdout.write(`${line}\n`),
      note: (line) => void process.stderr.write(`${line}\n`),
    },
    variable: (name) => process.env[name],
    signal: stopSignal(),
  };
}

/** How long the process may take to end by itself. */
const endMs = 2_000;

/**
 * Ends the process with this code once nothing is left to do. To end it at once could tear a GPU's
 * driver down while the worker that used it is still letting go of it; but whatever hangs must not
 * keep the process.
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
