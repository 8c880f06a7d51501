/**
 * Results: finished runs, as they are published with the write-up and read again.
 *
 *     metrics.jsonl.gz   one line per run and step, five significant digits
 *     runs.jsonl         one summary per run: settings, machine and outcome
 *     judge.json         the accuracy of the judge
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

/** All results. */
export interface Results {
  /** By phase, arm and seed. */
  readonly runs: readonly Run[];
  readonly judge: JudgeAccuracy;
}

/** The maximum size of the published metrics. */
const maxBytes = 5_000_000;

const digits = 5;

/** The finished runs of a work folder. */
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
 * @throws {RangeError} if the metrics are too large
 */
export function writeResults(folder: string, { runs, judge }: Results): void {
  const lines = runs.flatMap(({ summary, steps }) =>
    steps.map((step) => ({ run: summary.id, ...step }))
  );
  const metrics = gzipSync(jsonLines(lines), { level: 9 });
  if (metrics.length > maxBytes) {
    throw new RangeError(`Cannot publish the metrics as they take ${metrics.length} bytes`);
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "metrics.jsonl.gz"), metrics);
  writeFileSync(join(folder, "runs.jsonl"), jsonLines(runs.map(({ summary }) => summary)));
  writeFileSync(join(folder, "judge.json"), jsonLines([judge]));
}

/** Reads published results. @throws {AbacusError} `bad_usage` if there are none */
export function readResults(folder: string): Results {
  if (!existsSync(join(folder, "runs.jsonl"))) {
    throw new AbacusError(
      "bad_usage",
      `Cannot write up the experiment as no run is finished: received ${folder}`,
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

/** Summaries of published runs; empty if there are none. */
export function publishedSummaries(folder: string): Summary[] {
  const path = join(folder, "runs.jsonl");
  return existsSync(path) ? linesOf(readFileSync(path, "utf8")) as Summary[] : [];
}

/**
 * Copies published runs into a work folder that lacks them, so that an experiment continues from the published
 * ones. Their metrics have the published precision. A complete run replaces an incomplete one, never the
 * other way round.
 *
 * @param wanted which of them; all by default
 * @returns how many were copied
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
