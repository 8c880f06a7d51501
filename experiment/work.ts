/**
 * Work: the folder in which the experiment stores its state.
 *
 *     settings.json      settings that all runs share
 *     prompts.jsonl      the prompts of runs that are not evaluated
 *     trained.jsonl      those that evaluated runs are trained on
 *     held_out.jsonl     and those that they are evaluated on
 *     judge.json         the accuracy of the judge
 *     runs/ID/           the trainer's directory of a run in progress
 *     logs/ID.log        the trainer's output
 *     metrics/ID.jsonl.gz    the steps of a run, with the judge's mean score
 *     evaluations/ID.jsonl.gz    its evaluations on prompts that it is not trained on
 *     samples/ID.jsonl.gz    the samples of a run, with the judge's score
 *     summaries/ID.json      the summary of a finished run
 *
 * @module
 */

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { AbacusError } from "../src/errors.ts";
import type { EvaluationLine } from "../src/ppo/run/evaluation_metrics.ts";
import type { MetricsLine } from "../src/ppo/run/metrics.ts";
import { help, text } from "../src/settings_readers.ts";
import type { PromptFiles } from "./flags.ts";
import type { Job } from "./plan.ts";

/** The flag that names the folder. */
export function workFlag() {
  return text().default("tmp/experiment").register(help, {
    value: "FOLDER",
    description: "where the experiment is stored",
  });
}

/** A step of a run, with the judge's mean score of its samples (null if there are none). */
export type JudgedStep = MetricsLine & {
  readonly judge_mean: number | null;
  /** The reward model's mean score of those same samples. */
  readonly judged_score_mean: number | null;
};

/** The summary of a finished run. */
export interface Summary extends Job {
  /** Whether all steps were finished. */
  readonly complete: boolean;
  /** Of the trainer's last process. */
  readonly exitCode: number;
  readonly attempts: number;
  /** Seconds of all steps together. */
  readonly seconds: number;
  readonly finishedAt: string;
  readonly machine: Machine;
  /**
   * The SHA-256 of the reward model's `model.safetensors`. Absent in the first edition (`reward_models.ts`), and
   * of models without such a file.
   */
  readonly rewardWeights?: string;
  /** Versions of programs and packages, as recorded by the trainer. */
  readonly versions: Readonly<Record<string, string>>;
  /** As recorded by the trainer, without paths and addresses. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Environment over the first and the last ten steps. */
  readonly score: readonly [first: number, last: number];
  readonly judge: readonly [first: number, last: number];
  readonly lastKl: number;
}

/** The machine of a run. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly deno: string;
  /** Absent in runs from before there was a choice, which used the CPU. */
  readonly device?: string;
  /** Concurrent runs. */
  readonly jobs: number;
}

/** Kinds of files that have lines of one run. */
type LineKind = "metrics" | "evaluations" | "samples";

/** The folder. Files are written atomically. */
export class Work {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    for (const name of ["runs", "logs", "metrics", "evaluations", "samples", "summaries"]) {
      mkdirSync(join(folder, name), { recursive: true });
    }
  }

  /** The path of a file or folder. */
  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  /** The files of prompts. */
  get promptFiles(): PromptFiles {
    return {
      all: this.path("prompts.jsonl"),
      trained: this.path("trained.jsonl"),
      heldOut: this.path("held_out.jsonl"),
    };
  }

  /** Summaries of finished runs, complete or not, by name. */
  summaries(): Summary[] {
    return readdirSync(this.path("summaries")).filter((name) => name.endsWith(".json")).toSorted()
      .map((name) => JSON.parse(readFileSync(this.path("summaries", name), "utf8")));
  }

  /** The steps of a finished run. */
  steps(id: string): JudgedStep[] {
    return this.#lines("metrics", id) as JudgedStep[];
  }

  /** The evaluations of a finished run; none if it has none. */
  evaluations(id: string): EvaluationLine[] {
    if (!existsSync(this.path("evaluations", `${id}.jsonl.gz`))) return [];
    return this.#lines("evaluations", id) as EvaluationLine[];
  }

  #lines(kind: LineKind, id: string): unknown[] {
    const text = gunzipSync(readFileSync(this.path(kind, `${id}.jsonl.gz`))).toString("utf8");
    return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  }

  /** Writes JSON lines, gzipped. */
  writeLines(kind: LineKind, id: string, lines: readonly unknown[]): void {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    this.#replace(this.path(kind, `${id}.jsonl.gz`), gzipSync(text));
  }

  /** Writes one JSON value on one line. */
  writeJson(value: unknown, ...names: readonly string[]): void {
    this.#replace(this.path(...names), `${JSON.stringify(value)}\n`);
  }

  /** Writes the files of prompts. */
  writePrompts(texts: PromptFiles): void {
    const { all, trained, heldOut } = this.promptFiles;
    this.#replace(all, texts.all);
    this.#replace(trained, texts.trained);
    this.#replace(heldOut, texts.heldOut);
  }

  /** Writes a text. */
  writeText(text: string, name: string): void {
    this.#replace(this.path(name), text);
  }

  /**
   * Stores the settings that all runs share, or checks that they are the stored ones.
   *
   * @throws {AbacusError} `bad_usage` if the folder has other settings
   */
  requireSettings(settings: Readonly<Record<string, unknown>>): void {
    const text = `${JSON.stringify(settings)}\n`;
    const before = this.#textOf("settings.json");
    if (before === undefined) return this.writeText(text, "settings.json");
    if (before === text) return;
    throw new AbacusError(
      "bad_usage",
      `Cannot continue in ${this.folder} as it was started with ${before.trim()}: received ${text.trim()}`,
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
