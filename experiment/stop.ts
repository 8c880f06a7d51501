/**
 * Stop: how the user stops the experiment.
 *
 * @module
 */

import process from "node:process";

/** Two ways to stop. */
export interface Stop {
  /** Aborted by the first signal: processes are asked to stop and save their state. */
  readonly gentle: AbortSignal;
  /** Aborted by the second: processes are killed. */
  readonly hard: AbortSignal;
}

/**
 * Under `deno task`, Ctrl-C arrives twice: from the terminal and forwarded by the task runner. A second signal
 * within this time is ignored.
 */
const duplicateMs = 500;

/** Handles SIGINT and SIGTERM. */
export function stopOnSignals(): Stop {
  const [gentle, hard] = [new AbortController(), new AbortController()];
  let lastMs = -Infinity;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      const nowMs = performance.now();
      if (nowMs - lastMs < duplicateMs) return;
      lastMs = nowMs;
      (gentle.signal.aborted ? hard : gentle).abort(name);
    });
  }
  return { gentle: gentle.signal, hard: hard.signal };
}

/** Stops gently after some minutes as well; Infinity for never. */
export function stopAfter(minutes: number, { gentle, hard }: Stop): Stop {
  if (minutes === Infinity) return { gentle, hard };
  return { gentle: AbortSignal.any([gentle, AbortSignal.timeout(minutes * 60_000)]), hard };
}
