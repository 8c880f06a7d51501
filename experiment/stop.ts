/**
 * Stop: how whoever started the experiment brings it to an end.
 *
 * @module
 */

import process from "node:process";

/** Two ways to stop, the second for the impatient. */
export interface Stop {
  /** Aborted at the first wish to stop: what runs is told to, and saves what it needs to go on. */
  readonly gentle: AbortSignal;
  /** Aborted at the second: what still runs is ended at once. */
  readonly hard: AbortSignal;
}

/**
 * Ctrl-C comes twice where `deno task` runs the program: from the terminal, and passed on by the task.
 * What follows this soon is the same press.
 */
const samePressMs = 500;

/** Listens to SIGINT and SIGTERM from now on. */
export function stopOnSignals(): Stop {
  const [gentle, hard] = [new AbortController(), new AbortController()];
  let pressedMs = -Infinity;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      const nowMs = performance.now();
      if (nowMs - pressedMs < samePressMs) return;
      pressedMs = nowMs;
      (gentle.signal.aborted ? hard : gentle).abort(name);
    });
  }
  return { gentle: gentle.signal, hard: hard.signal };
}
