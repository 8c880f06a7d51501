/**
 * Progress: a bar on a terminal that a person watches, a plain line now and then anywhere else.
 *
 * Knows counts and the clock, never what is counted.
 *
 * @module
 */

import process from "node:process";
import cliProgress from "cli-progress";
import type { Terminal } from "./command.ts";

/** Seconds between two plain lines. */
const plainEveryS = 10;

/** What a run is measured in. */
export interface ProgressOptions {
  /** What is being done, e.g. `scoring`. */
  readonly label: string;
  /** What is counted, e.g. `rows`. */
  readonly unit: string;
  /** How many there are in all; absent where nobody knows. */
  readonly total?: number;
  /** How many were done before this run; they count as done, not as pace. @default {0} */
  readonly from?: number;
  /** How a count is written. @default {with thousands separated} */
  readonly show?: (count: number) => string;
  /** The clock. @default {performance.now} */
  readonly nowMs?: () => number;
  /** Where the bar is drawn. @default {process.stderr} */
  readonly stream?: NodeJS.WriteStream;
}

/** A run that is being watched. */
export interface Progress {
  /**
   * @param done how many are done, those before this run included
   * @param extra other counts of this run whose pace is of interest, e.g. `{ tokens: 5120 }`
   */
  update(done: number, extra?: Readonly<Record<string, number>>): void;
  /** Leaves the terminal as it was found. */
  stop(): void;
}

/** Starts to show how far a run has come. */
export function startProgress(terminal: Terminal, options: ProgressOptions): Progress {
  const nowMs = options.nowMs ?? (() => performance.now());
  const startMs = nowMs();
  const settled = { ...options, nowMs, startMs };
  return terminal.interactive ? drawBar(settled) : writeLines(terminal, settled);
}

type Started = ProgressOptions & { readonly nowMs: () => number; readonly startMs: number };

function drawBar(options: Started): Progress {
  const { label, unit, total, from = 0, show = grouped } = options;
  const bar = new cliProgress.SingleBar({
    format: total === undefined
      ? `${label} {shown} ${unit} | {pace}`
      : `${label} {bar} {percentage}% | {shown}/${show(total)} ${unit} | {pace}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 24,
    hideCursor: true,
    stream: options.stream ?? process.stderr,
  });
  bar.start(total ?? 0, from, { shown: show(from), pace: "" });
  return {
    update(done, extra = {}) {
      bar.update(done, { shown: show(done), pace: paceOf({ done, extra }, options) });
    },
    stop: () => bar.stop(),
  };
}

function writeLines(terminal: Terminal, options: Started): Progress {
  const { label, unit, total, show = grouped } = options;
  let lastMs = options.startMs;
  return {
    update(done, extra = {}) {
      const now = options.nowMs();
      if (now - lastMs < plainEveryS * 1000) return;
      lastMs = now;
      const share = total ? ` of ${show(total)} (${Math.floor(100 * done / total)} %)` : "";
      terminal.note(
        `${label}: ${show(done)}${share} ${unit}, ${paceOf({ done, extra }, options)}`,
      );
    },
    stop: () => {},
  };
}

/** As in `120 rows/s, 24,000 tokens/s, 3 min left`, averaged over this run. */
function paceOf(
  counts: { done: number; extra: Readonly<Record<string, number>> },
  options: Started,
): string {
  const { unit, total, from = 0, show = grouped } = options;
  const elapsedS = (options.nowMs() - options.startMs) / 1000;
  if (elapsedS <= 0) return "";
  const perS = (counts.done - from) / elapsedS;
  const parts = [`${show(perS)} ${unit}/s`];
  for (const [name, count] of Object.entries(counts.extra)) {
    parts.push(`${grouped(count / elapsedS)} ${name}/s`);
  }
  if (total !== undefined && perS > 0) {
    parts.push(`${duration((total - counts.done) / perS)} left`);
  }
  return parts.join(", ");
}

/** A count or a rate with its thousands separated; small rates keep a decimal. */
export function grouped(count: number): string {
  const digits = count < 10 && !Number.isInteger(count) ? 1 : 0;
  return count.toLocaleString("en-US", { maximumFractionDigits: digits });
}

/** As in `40 s`, `3 min`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.ceil(Math.max(0, seconds));
  if (whole < 120) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 120) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
