/**
 * Progress line: how a PPO run fares, step by step: a bar on a terminal that a person watches, a
 * plain line every few seconds anywhere else.
 *
 * Knows a step's metrics and the clock, nothing of training.
 *
 * @module
 */

import process from "node:process";
import cliProgress from "cli-progress";
import type { MetricsLine } from "../../ppo/run/metrics.ts";
import type { Terminal } from "../command.ts";
import { duration, grouped } from "../progress.ts";

/** Seconds between two plain lines, at least. */
const plainEveryS = 5;

/** The run that is watched. */
export interface StepProgressOptions {
  /** Steps of the whole run, those before a resumption included. */
  readonly total: number;
  /** Steps that an earlier process did; they count as done, not as pace. @default {0} */
  readonly from?: number;
  /** Score of the run's first step, which a resumed run knows already. @default {that of the first update} */
  readonly firstScore?: number;
  /** The clock. @default {performance.now} */
  readonly nowMs?: () => number;
  /** Where the bar is drawn. @default {process.stderr} */
  readonly stream?: NodeJS.WriteStream;
}

/** A run that is being watched. */
export interface StepProgress {
  /** Shows a finished step. */
  update(line: MetricsLine): void;
  /** Leaves the terminal as it was found. */
  stop(): void;
}

/** What the text of a step depends on besides its metrics. */
export interface StepContext {
  readonly total: number;
  /** NaN where no step had a score before. */
  readonly firstScore: number;
  /** Seconds until the run is done; NaN where nobody can tell. */
  readonly leftS: number;
}

/** Starts to show how far a run has come. */
export function startStepProgress(
  terminal: Terminal,
  options: StepProgressOptions,
): StepProgress {
  const show = terminal.interactive ? drawBar(options) : writeLines(terminal, options);
  const { total, from = 0, nowMs = () => performance.now() } = options;
  const startMs = nowMs();
  let firstScore = options.firstScore ?? NaN;
  return {
    update(line) {
      if (!Number.isFinite(firstScore)) firstScore = line.score_mean;
      const perStepS = (nowMs() - startMs) / 1000 / (line.step - from);
      const leftS = line.step > from ? perStepS * (total - line.step) : NaN;
      show.step(line.step, stepParts(line, { total, firstScore, leftS }));
    },
    stop: () => show.stop(),
  };
}

/**
 * As in `score 3.21 (+0.84)`, `KL 4.20`, `812 tokens/s`, `3 min left`; what is not known is left
 * out.
 */
export function stepParts(line: MetricsLine, { total, firstScore, leftS }: StepContext): string[] {
  const { score_mean: score, kl, tokens_per_second: speed } = line;
  const change = hundredths(score - firstScore);
  const sign = change.startsWith("-") ? "" : "+";
  return [
    ...known(score) ? [`score ${hundredths(score)} (${sign}${change})`] : [],
    ...known(kl) ? [`KL ${hundredths(kl)}`] : [],
    ...known(speed) ? [`${grouped(speed)} tokens/s`] : [],
    ...known(leftS) && line.step < total ? [`${duration(leftS)} left`] : [],
  ];
}

/** Two decimals, without the sign of what rounds to nothing. */
function hundredths(value: number): string {
  return value.toFixed(2).replace(/^-(0\.00)$/, "$1");
}

function known(value: number): boolean {
  return Number.isFinite(value);
}

/** One way to show a step. */
interface Show {
  step(step: number, parts: readonly string[]): void;
  stop(): void;
}

function drawBar({ total, from = 0, stream }: StepProgressOptions): Show {
  const bar = new cliProgress.SingleBar({
    format: "step {value}/{total} {bar} {text}",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 12,
    hideCursor: true,
    stream: stream ?? process.stderr,
  });
  bar.start(total, from, { text: "" });
  return {
    step: (step, parts) => bar.update(step, { text: `| ${parts.join(" | ")}` }),
    stop: () => bar.stop(),
  };
}

/** The first and the last step always have a line. */
function writeLines(
  terminal: Terminal,
  { total, nowMs = () => performance.now() }: StepProgressOptions,
): Show {
  let lastMs = -Infinity;
  return {
    step(step, parts) {
      const now = nowMs();
      if (now - lastMs < plainEveryS * 1000 && step < total) return;
      lastMs = now;
      terminal.note([`step ${step}/${total}`, ...parts].join(", "));
    },
    stop: () => {},
  };
}
