/**
 * Progress of a PPO run: the step, score, KL, speed and time left, as a bar or plain lines.
 *
 * Knows a step's metrics and the clock, nothing of training.
 *
 * @module
 */

import type { EvaluationLine } from "../../ppo/run/evaluation_metrics.ts";
import type { MetricsLine } from "../../ppo/run/metrics.ts";
import type { Terminal } from "../command.ts";
import { duration, grouped } from "../figures.ts";
import { type DisplayOptions, openDisplay } from "../progress.ts";

/** The steps of a run, of which earlier processes did `from`. */
export interface StepProgressOptions
  extends Pick<DisplayOptions, "total" | "from" | "nowMs" | "stream"> {
  /** The score of the run's first step. @default {that of the first update} */
  readonly firstScore?: number;
}

/** The progress of a run. */
export interface StepProgress {
  /** Shows a finished step. */
  update(line: MetricsLine): void;
  /** Restores the terminal. */
  stop(): void;
}

/** What the text of a step depends on besides its metrics. */
export interface StepContext {
  readonly total: number;
  /** NaN where no step has had a score. */
  readonly firstScore: number;
  /** Seconds until the end of the run; NaN where unknown. */
  readonly leftS: number;
}

/** Shows the steps of a run, always with a plain line for the first and the last. */
export function startStepProgress(
  terminal: Terminal,
  options: StepProgressOptions,
): StepProgress {
  const { total, from = 0, nowMs = () => performance.now() } = options;
  const format = "step {value}/{total} {bar} {text}";
  const display = openDisplay(terminal, {
    ...options,
    format,
    texts: { text: "" },
    barsize: 12,
    plainEveryS: 5,
  });
  const startMs = nowMs();
  let firstScore = options.firstScore ?? NaN;
  return {
    update(line) {
      if (!Number.isFinite(firstScore)) firstScore = line.score_mean;
      const perStepS = (nowMs() - startMs) / 1000 / (line.step - from);
      const leftS = line.step > from ? perStepS * (total - line.step) : NaN;
      const parts = stepParts(line, { total, firstScore, leftS });
      display.show(line.step, {
        texts: { text: `| ${parts.join(" | ")}` },
        line: [`step ${line.step}/${total}`, ...parts].join(", "),
        always: line.step === from + 1 || line.step >= total,
      });
    },
    stop: () => display.stop(),
  };
}

/** As in `score 3.21 (+0.84)`, `KL 4.20`, `812 tokens/s`, `3 min left`, without unknown values. */
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

/** As in `evaluation after step 10: score 3.21, greedy 3.40, KL 4.20, 80 % ended`. */
export function evaluationNote(line: EvaluationLine): string {
  const { step, eval_score_mean, eval_greedy_score_mean, eval_kl, eval_ended_share } = line;
  const parts = [
    `score ${hundredths(eval_score_mean)}`,
    `greedy ${hundredths(eval_greedy_score_mean)}`,
    `KL ${hundredths(eval_kl)}`,
    `${Math.round(100 * eval_ended_share)} % ended`,
  ];
  return `evaluation ${step === 0 ? "before training" : `after step ${step}`}: ${parts.join(", ")}`;
}

/** Two decimals, without the sign of what rounds to nothing. */
function hundredths(value: number): string {
  return value.toFixed(2).replace(/^-(0\.00)$/, "$1");
}

function known(value: number): boolean {
  return Number.isFinite(value);
}

/** A note while a progress bar may be there, whose line has no line break at its end. */
export function noteBeside(terminal: Terminal, message: string): void {
  terminal.note(terminal.interactive ? `\n${message}` : message);
}
