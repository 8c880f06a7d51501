/**
 * Progress: what is done and how long the rest will take. Pure.
 *
 * @module
 */

import { duration } from "../src/ppo/report/figures.ts";
import { type Job, type PhaseName, phases } from "./plan.ts";
import type { Summary } from "./work.ts";

type Finished = Pick<
  Summary,
  "id" | "complete" | "seconds" | "steps" | "minNewTokens" | "maxNewTokens" | "machine"
>;

/** What the time of a run depends on besides its tokens. */
export interface Pace {
  /** Runs at once. */
  readonly jobs: number;
  readonly device: string;
}

/**
 * The runs that are left, in the order of the plan. Failed ones are repeated, and so are those with another
 * number of steps.
 */
export function remaining(plan: readonly Job[], finished: readonly Finished[]): Job[] {
  const done = new Map(
    finished.filter(({ complete }) => complete).map(({ id, steps }) => [id, steps]),
  );
  return plan.filter(({ id, steps }) => done.get(id) !== steps);
}

/**
 * The expected seconds until everything is done; undefined before the first run is done.
 *
 * A run is expected to take the mean time per step of finished runs of its lengths on its device; for new
 * lengths, in proportion to its tokens.
 */
export function secondsLeft(
  left: readonly Job[],
  finished: readonly Finished[],
  { jobs, device }: Pace,
): number | undefined {
  const known = finished.filter(({ complete, seconds, machine }) =>
    complete && seconds > 0 && (machine.device ?? "cpu") === device
  );
  if (known.length === 0) return undefined;
  const expected = left.map(({ steps, minNewTokens, maxNewTokens }) => {
    const alike = known.filter((run) =>
      run.minNewTokens === minNewTokens && run.maxNewTokens === maxNewTokens
    );
    const [from, tokens] = alike.length > 0 ? [alike, () => 1] : [known, tokensOf];
    const perStep = from.map((run) => run.seconds / run.steps / tokens(run));
    return steps * tokens({ maxNewTokens }) * perStep.reduce((sum, each) => sum + each, 0) /
      from.length;
  });
  return expected.reduce((sum, each) => sum + each, 0) / jobs;
}

/** The plan as text: one line per phase, then what is left. */
export function planLines(
  plan: readonly Job[],
  finished: readonly Finished[],
  pace: Pace,
): string[] {
  const left = remaining(plan, finished);
  const byPhase = Object.entries(Object.groupBy(plan, ({ phase }) => phase));
  const lines = byPhase.map(([name, runs]) => {
    const { summary, arms } = phases[name as PhaseName];
    const done = runs.length - remaining(runs, finished).length;
    return `${name.padEnd(14)} ${String(done).padStart(3)} of ${String(runs.length).padStart(3)} ` +
      `runs done, ${arms.length} arms x ${runs.length / arms.length} seeds x ${
        runs[0]!.steps
      } steps: ${summary}`;
  });
  return [...lines, leftLine(left, finished, pace)];
}

/** As in `71 runs left, about 3 h 5 min with 2 at once`. */
export function leftLine(
  left: readonly Job[],
  finished: readonly Finished[],
  pace: Pace,
): string {
  if (left.length === 0) return "nothing left to do";
  const seconds = secondsLeft(left, finished, pace);
  const time = seconds === undefined
    ? "time unknown until the first is done"
    : `about ${duration(seconds)}`;
  return `${left.length} runs left, ${time} with ${pace.jobs} at once`;
}

function tokensOf({ maxNewTokens }: { readonly maxNewTokens: number }): number {
  return maxNewTokens;
}
