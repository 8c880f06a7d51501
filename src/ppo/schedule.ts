/**
 * The learning rate of every update of a run. A pure function of the update's number, so that a resumed
 * run goes on where it stopped.
 *
 * @module
 */

/** What the rate does after warm-up. */
export type Schedule = "constant" | "linear" | "cosine";

/** The rate's course over a run. */
export interface LearningRateOptions {
  /** The highest rate. */
  readonly peak: number;
  readonly schedule: Schedule;
  /** Updates before the peak is reached; 0 begins with it. */
  readonly warmupSteps: number;
  /** Updates of the whole run, warm-up included. */
  readonly totalSteps: number;
}

/**
 * The part of the peak that is left when a part `progress` (0 to 1) of the updates after warm-up is done.
 * The cosine is half a period without restarts: Loshchilov and Hutter, "SGDR" (arXiv 1608.03983), eq. 5.
 */
export const schedules: Readonly<Record<Schedule, (progress: number) => number>> = {
  constant: () => 1,
  linear: (progress) => 1 - progress,
  // The cosine of pi need not be exactly -1, and a rate must not fall below 0.
  cosine: (progress) => Math.max(0, (1 + Math.cos(Math.PI * progress)) / 2),
};

/**
 * The rate of update number `step`, counted from 0.
 *
 * With w warm-up steps the rate rises linearly, `peak * (step + 1) / (w + 1)`, and is the peak at step w.
 * From there it stays, or falls and would be 0 at step `totalSteps`, the first that is no longer made. So
 * no update of a run has rate 0, neither the first one nor the last, where a warm-up that begins at 0
 * wastes its first batch. A run that is shorter than its warm-up stops rising when it ends.
 *
 * @throws {RangeError} if a number of steps is negative or no whole number
 */
export function learningRate(step: number, options: LearningRateOptions): number {
  const { peak, schedule, warmupSteps, totalSteps } = options;
  for (const [name, steps] of Object.entries({ step, warmupSteps, totalSteps })) {
    if (Number.isSafeInteger(steps) && steps >= 0) continue;
    throw new RangeError(
      `Cannot tell the learning rate as '${name}' is no count: received ${steps}`,
    );
  }
  if (step < warmupSteps) return peak * (step + 1) / (warmupSteps + 1);
  const progress = step < totalSteps ? (step - warmupSteps) / (totalSteps - warmupSteps) : 1;
  return peak * schedules[schedule](progress);
}
