/**
 * Results: the runs that are over, as they are published beside the write-up and read back from there.
 *
 *     metrics.jsonl.gz   one line per run and step, five significant digits
 *     runs.jsonl         one line per run: what it was, on which machine, how it ended
 *     judge.json         how good the judge is
 *
 * @module
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { AbacusError } from "../src/errors.ts";
import type { JudgeAccuracy } from "./judge.ts";
import type { JudgedStep, Summary, Work } from "./work.ts";

/** One run with its steps. */
export interface Run {
  readonly summary: Summary;
  readonly steps: readonly JudgedStep[];
}

/** All that is known. */
export interface Results {
  /** By phase, arm and seed. */
  readonly runs: readonly Run[];
  readonly judge: JudgeAccuracy;
}

/** The published metrics may take so many bytes. */
const mostBytes = 5_000_000;

const digits = 5;

/** The runs that are over in a work folder. */
export function collect(work: Work): Results {
  const judge = JSON.parse(readFileSync(work.path("judge.json"), "utf8")).accuracy;
  return {
    judge,
    runs: work.summaries().map((summary) => ({ summary, steps: work.steps(summary.id) })),
  };
}

/**
 * Publishes results in a folder.
 *
 * @throws {RangeError} where the metrics are too large to be published
 */
export function writeResults(folder: string, { runs, judge }: Results): void {
  const lines = runs.flatMap(({ summary, steps }) =>
    steps.map((step) => ({ run: summary.id, ...step }))
  );
  const metrics = gzipSync(jsonLines(lines), { level: 9 });
  if (metrics.length > mostBytes) {
    throw new RangeError(`Cannot publish the metrics as they take ${metrics.length} bytes`);
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "metrics.jsonl.gz"), metrics);
  writeFileSync(join(folder, "runs.jsonl"), jsonLines(runs.map(({ summary }) => summary)));
  writeFileSync(join(folder, "judge.json"), jsonLines([judge]));
}

/** Reads what was published. @throws {AbacusError} `bad_usage` where nothing was */
export function readResults(folder: string): Results {
  if (!existsSync(join(folder, "runs.jsonl"))) {
    throw new AbacusError(
      "bad_usage",
      `Cannot write up the experiment as no run is over: received ${folder}`,
    );
  }
  const text = (name: string) => readFileSync(join(folder, name));
  const summaries = linesOf(text("runs.jsonl").toString("utf8")) as Summary[];
  const steps = Map.groupBy(
    linesOf(gunzipSync(text("metrics.jsonl.gz")).toString("utf8")) as (JudgedStep & {
      run: string;
    })[],
    ({ run }) => run,
  );
  return {
    judge: JSON.parse(text("judge.json").toString("utf8")),
    runs: summaries.map((summary) => ({ summary, steps: steps.get(summary.id) ?? [] })),
  };
}

/** What is said of the runs that were published; nothing where none were. */
export function publishedSummaries(folder: string): Summary[] {
  const path = join(folder, "runs.jsonl");
  return existsSync(path) ? linesOf(readFileSync(path, "utf8")) as Summary[] : [];
}

/**
 * Puts the runs that were published into a work folder that does not have them, so that an experiment
 * goes on from what the repository holds. Their metrics have the digits that were published. A complete
 * run takes the place of one that broke off, never the other way round.
 *
 * @param wanted which of them; all unless said otherwise
 * @returns how many were put there
 */
export function restore(
  folder: string,
  work: Work,
  wanted: (summary: Summary) => boolean = () => true,
): number {
  if (publishedSummaries(folder).length === 0) return 0;
  const known = new Map(work.summaries().map(({ id, complete }) => [id, complete]));
  const missing = readResults(folder).runs.filter(({ summary }) =>
    wanted(summary) &&
    (!known.has(summary.id) || (summary.complete && known.get(summary.id) === false))
  );
  for (const { summary, steps } of missing) {
    work.writeLines("metrics", summary.id, steps);
    work.writeJson(summary, "summaries", `${summary.id}.json`);
  }
  return missing.length;
}

function jsonLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value, rounded)}\n`).join("");
}

function rounded(_key: string, value: unknown): unknown {
  if (typeof value !== "number" || Number.isInteger(value)) return value;
  return Number(value.toPrecision(digits));
}

function linesOf(text: string): unknown[] {
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}
