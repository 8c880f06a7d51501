/**
 * Results: finished runs, as they are published with the write-up and read again.
 *
 *     metrics.jsonl.gz       one line per run and step, five significant digits
 *     evaluations.jsonl.gz   one line per run and evaluation, likewise
 *     runs.jsonl             one summary per run: settings, machine and outcome
 *     judge.json             the accuracy of the judge
 *
 * @module
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { AbacusError } from "../src/errors.ts";
import type { EvaluationLine } from "../src/ppo/run/evaluation_metrics.ts";
import type { JudgeAccuracy } from "./judge.ts";
import type { JudgedStep, Summary, Work } from "./work.ts";

/** One run with its steps. */
export interface Run {
  readonly summary: Summary;
  readonly steps: readonly JudgedStep[];
  /** On prompts that it is not trained on, from before training to its end; none in the first edition. */
  readonly evaluations: readonly EvaluationLine[];
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
    runs: work.summaries().map((summary) => ({
      summary,
      steps: work.steps(summary.id),
      evaluations: work.evaluations(summary.id),
    })),
  };
}

/**
 * Publishes results in a folder.
 *
 * @throws {RangeError} if the metrics are too large
 */
export function writeResults(folder: string, { runs, judge }: Results): void {
  const metrics = zipped(runs, ({ steps }) => steps);
  if (metrics.length > maxBytes) {
    throw new RangeError(`Cannot publish the metrics as they take ${metrics.length} bytes`);
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "metrics.jsonl.gz"), metrics);
  writeFileSync(
    join(folder, "evaluations.jsonl.gz"),
    zipped(runs, ({ evaluations }) => evaluations),
  );
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
  const steps = unzipped<JudgedStep>(folder, "metrics.jsonl.gz");
  const evaluations = unzipped<EvaluationLine>(folder, "evaluations.jsonl.gz");
  return {
    judge: JSON.parse(readFileSync(join(folder, "judge.json"), "utf8")),
    runs: publishedSummaries(folder).map((summary) => ({
      summary,
      steps: steps.get(summary.id) ?? [],
      evaluations: evaluations.get(summary.id) ?? [],
    })),
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
  for (const { summary, steps, evaluations } of missing) {
    work.writeLines("metrics", summary.id, steps);
    work.writeLines("evaluations", summary.id, evaluations);
    work.writeJson(summary, "summaries", `${summary.id}.json`);
  }
  return missing.length;
}

/** Lines of all runs, each with the name of its run. */
function zipped(runs: readonly Run[], linesOfRun: (run: Run) => readonly object[]): Uint8Array {
  const lines = runs.flatMap((run) =>
    linesOfRun(run).map((line) => ({ run: run.summary.id, ...line }))
  );
  return gzipSync(jsonLines(lines), { level: 9 });
}

/** The lines of a file by run; none if there is no file, as in the first edition. */
function unzipped<Line>(folder: string, name: string): Map<string, (Line & { run: string })[]> {
  const path = join(folder, name);
  if (!existsSync(path)) return new Map();
  const lines = linesOf(gunzipSync(readFileSync(path)).toString("utf8"));
  return Map.groupBy(lines as (Line & { run: string })[], ({ run }) => run);
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
