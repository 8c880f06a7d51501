/**
 * Work: the folder in which the experiment keeps what it has done.
 *
 *     settings.json      what all runs in this folder share
 *     prompts.jsonl      the prompts of every run
 *     judge.json         how good the judge is
 *     runs/ID/           a run in progress, the trainer's own
 *     logs/ID.log        what the trainer said
 *     metrics/ID.jsonl.gz    a run's steps, each with what the judge made of it
 *     samples/ID.jsonl.gz    a run's samples, each with the judge's score
 *     summaries/ID.json      one line that says a run is over
 *
 * @module
 */

import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { AbacusError } from "../src/errors.ts";
import type { MetricsLine } from "../src/ppo/run/metrics.ts";
import type { Job } from "./plan.ts";

/** A step of a run, and the judge's mean score of its samples (null where it has none). */
export type JudgedStep = MetricsLine & {
  readonly judge_mean: number | null;
  /** The reward model's mean score of those same samples. */
  readonly judged_score_mean: number | null;
};

/** What is known of a run that is over. */
export interface Summary extends Job {
  /** Whether all steps were done. */
  readonly complete: boolean;
  /** Of the trainer's last process. */
  readonly exitCode: number;
  readonly attempts: number;
  /** Seconds of all steps together. */
  readonly seconds: number;
  readonly finishedAt: string;
  readonly machine: Machine;
  /** From a program or package to its version, as the trainer says. */
  readonly versions: Readonly<Record<string, string>>;
  /** As the trainer says; without paths and addresses. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Means over the first and the last ten steps. */
  readonly score: readonly [first: number, last: number];
  readonly judge: readonly [first: number, last: number];
  readonly lastKl: number;
}

/** Where a run was carried out. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly deno: string;
  /** Absent in the runs from before there was a choice, which had the CPU. */
  readonly device?: string;
  /** How many runs shared it. */
  readonly jobs: number;
}

/** The folder. Files appear whole or not at all. */
export class Work {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    for (const name of ["runs", "logs", "metrics", "samples", "summaries"]) {
      mkdirSync(join(folder, name), { recursive: true });
    }
  }

  /** The path of a file or folder in it. */
  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  /** The runs that are over, complete or not, by name. */
  summaries(): Summary[] {
    return readdirSync(this.path("summaries")).filter((name) => name.endsWith(".json")).toSorted()
      .map((name) => JSON.parse(readFileSync(this.path("summaries", name), "utf8")));
  }

  /** The steps of a run that is over. */
  steps(id: string): JudgedStep[] {
    const text = gunzipSync(readFileSync(this.path("metrics", `${id}.jsonl.gz`))).toString("utf8");
    return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  }

  /** Writes JSON lines, gzipped. */
  writeLines(kind: "metrics" | "samples", id: string, lines: readonly unknown[]): void {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    this.#replace(this.path(kind, `${id}.jsonl.gz`), gzipSync(text));
  }

  /** Writes one JSON value on one line. */
  writeJson(value: unknown, ...names: readonly string[]): void {
    this.#replace(this.path(...names), `${JSON.stringify(value)}\n`);
  }

  /** Writes a text. */
  writeText(text: string, name: string): void {
    this.#replace(this.path(name), text);
  }

  /**
   * Holds the folder to one setting of everything that its runs share.
   *
   * @throws {AbacusError} `bad_usage` where it was begun with others
   */
  holdTo(settings: Readonly<Record<string, unknown>>): void {
    const text = `${JSON.stringify(settings)}\n`;
    const before = this.#textOf("settings.json");
    if (before === undefined) return this.writeText(text, "settings.json");
    if (before === text) return;
    throw new AbacusError(
      "bad_usage",
      `Cannot go on in ${this.folder} as it was begun with ${before.trim()}: received ${text.trim()}`,
    );
  }

  #textOf(name: string): string | undefined {
    try {
      return readFileSync(this.path(name), "utf8");
    } catch {
      return undefined;
    }
  }

  #replace(path: string, content: string | Uint8Array): void {
    writeFileSync(`${path}.new`, content);
    renameSync(`${path}.new`, path);
  }
}
