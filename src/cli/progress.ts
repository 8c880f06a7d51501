/**
 * Progress: a bar on an interactive terminal, a plain line every few seconds anywhere else.
 *
 * Knows counts and the clock, not what is counted.
 *
 * @module
 */

import process from "node:process";
import cliProgress from "cli-progress";
import type { Terminal } from "./command.ts";
import { duration, grouped } from "./figures.ts";

/** What a display shows, and where. */
export interface DisplayOptions {
  /** The bar and the texts around it, in the format of cli-progress. */
  readonly format: string;
  /** The texts of the format before the first call of `show`. */
  readonly texts: Shown["texts"];
  /** Columns of the bar. */
  readonly barsize: number;
  readonly total: number;
  /** @default {0} */
  readonly from?: number | undefined;
  /** Seconds between two plain lines. */
  readonly plainEveryS: number;
  /** The clock. @default {performance.now} */
  readonly nowMs?: (() => number) | undefined;
  /** Where the bar is drawn. @default {process.stderr} */
  readonly stream?: NodeJS.WriteStream | undefined;
}

/** One state of a display. */
export interface Shown {
  /** The texts of the format by name. */
  readonly texts: Readonly<Record<string, string>>;
  /** The plain line. */
  readonly line: string;
  /** Whether the plain line is written however recent the last one is. @default {false} */
  readonly always?: boolean;
}

/** A bar or a sequence of plain lines. */
export interface Display {
  show(done: number, shown: Shown): void;
  /** Restores the terminal. */
  stop(): void;
}

/** Opens a display. A bar is drawn at once. */
export function openDisplay(terminal: Terminal, options: DisplayOptions): Display {
  return terminal.interactive ? drawBar(options) : writeLines(terminal, options);
}

function drawBar({ format, texts, barsize, total, from = 0, stream }: DisplayOptions): Display {
  const bar = new cliProgress.SingleBar({
    format,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize,
    hideCursor: true,
    stream: stream ?? process.stderr,
  });
  bar.start(total, from, texts);
  return {
    show: (done, { texts }) => bar.update(done, texts),
    stop: () => bar.stop(),
  };
}

function writeLines(
  terminal: Terminal,
  { plainEveryS, nowMs = () => performance.now() }: DisplayOptions,
): Display {
  let lastMs = nowMs();
  return {
    show(_, { line, always = false }) {
      const now = nowMs();
      if (now - lastMs < plainEveryS * 1000 && !always) return;
      lastMs = now;
      terminal.note(line);
    },
    stop: () => {},
  };
}

/** What is counted. */
export interface ProgressOptions
  extends Pick<DisplayOptions, "total" | "from" | "nowMs" | "stream"> {
  /** What is being done, e.g. `scoring`. */
  readonly label: string;
  /** What is counted, e.g. `rows`. */
  readonly unit: string;
  /** How a count is written. @default {with thousands separated} */
  readonly show?: (count: number) => string;
}

/** The progress of a run. */
export interface Progress {
  /**
   * @param done the count, with what was done before this run
   * @param extra other counts of this run whose rates are shown, e.g. `{ tokens: 5120 }`
   */
  update(done: number, extra?: Readonly<Record<string, number>>): void;
  /** Restores the terminal. */
  stop(): void;
}

/** Shows counts with their rates and the time left. */
export function startProgress(terminal: Terminal, options: ProgressOptions): Progress {
  const { label, unit, total, from = 0, nowMs = () => performance.now(), show = grouped } = options;
  const startMs = nowMs();
  const display = openDisplay(terminal, {
    ...options,
    format: `${label} {bar} {percentage}% | {shown}/${show(total)} ${unit} | {pace}`,
    barsize: 24,
    texts: { shown: show(from), pace: "" },
    plainEveryS: 10,
  });
  return {
    update(done, extra = {}) {
      const seconds = (nowMs() - startMs) / 1000;
      const pace = paceOf({ done, extra, seconds }, { ...options, from, show });
      const share = total === 0 ? "" : ` (${Math.floor(100 * done / total)} %)`;
      display.show(done, {
        texts: { shown: show(done), pace },
        line: `${label}: ${show(done)} of ${show(total)}${share} ${unit}, ${pace}`,
      });
    },
    stop: () => display.stop(),
  };
}

interface Counts {
  readonly done: number;
  readonly extra: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** As in `120 rows/s, 24,000 tokens/s, 3 min left`, averaged over this run. */
function paceOf(
  { done, extra, seconds }: Counts,
  { unit, total, from, show }: Required<Pick<ProgressOptions, "unit" | "total" | "show">> & {
    from: number;
  },
): string {
  if (seconds <= 0) return "";
  const perS = (done - from) / seconds;
  const others = Object.entries(extra).map(([name, count]) =>
    `${grouped(count / seconds)} ${name}/s`
  );
  const left = perS > 0 ? [`${duration((total - done) / perS)} left`] : [];
  return [`${show(perS)} ${unit}/s`, ...others, ...left].join(", ");
}
