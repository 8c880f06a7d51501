/**
 * Trial: executes one run of the plan, from its start to its summary.
 *
 * @module
 */

import { readFileSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import type { MetricsLine } from "../src/ppo/run/metrics.ts";
import { RunFiles, type RunRecord, type SampleLine } from "../src/ppo/run/run_files.ts";
import { type Program, runChild } from "./child.ts";
import { trainerFlags } from "./flags.ts";
import type { Job } from "./plan.ts";
import { endSteps, meanOf } from "./series.ts";
import type { Stop } from "./stop.ts";
import type { JudgedStep, Machine, Summary, Work } from "./work.ts";

/** What all trials of an experiment share. */
export interface Bench {
  readonly work: Work;
  /** `deno task ppo`, or a replacement in tests. */
  readonly trainer: Program;
  readonly serverUrl: string;
  readonly permutingUrl: string;
  readonly policy: string;
  /** The SHA-256 of the weights that the server scores with, if known. */
  readonly rewardWeights: string | undefined;
  readonly device: string;
  /** Further flags of the trainer. */
  readonly more: readonly string[];
  /** Concurrent trials. */
  readonly jobs: number;
  /** Whether to keep the trainer's directory with its checkpoints. */
  readonly keep: boolean;
  readonly judge: { score(text: string): number };
  readonly stop: Stop;
}

/**
 * The outcome of a trial: all steps finished; stopped, to be resumed; failed twice; or failed without a
 * finished step, in which case other trials of its method would fail as well.
 */
export type Outcome = "done" | "stopped" | "failed" | "hopeless";

/** A failed process is started once more; the trainer resumes from its checkpoint. */
const maxAttempts = 2;

/** The trainer's exit code if it was stopped. */
const stoppedCode = 130;

/** Paths and addresses on this machine, which are left out of summaries. */
const localSettings = new Set(["server", "policy", "prompts", "evalPrompts", "out"]);

/** Executes a trial, judges its samples and writes its summary. */
export async function runTrial(job: Job, bench: Bench): Promise<Outcome> {
  const { work, trainer, stop } = bench;
  const out = work.path("runs", job.id);
  const words = trainerFlags(job, { ...bench, prompts: work.promptFiles, out });
  let exitCode = 0;
  for (let attempts = 1; attempts <= maxAttempts; attempts++) {
    if (stop.gentle.aborted) return "stopped";
    exitCode = await runChild(trainer, words, { log: work.path("logs", `${job.id}.log`), stop });
    if (exitCode === 0) return await conclude(job, bench, { exitCode, attempts });
    if (exitCode === stoppedCode || stop.gentle.aborted) return "stopped";
  }
  return await conclude(job, bench, { exitCode, attempts: maxAttempts });
}

async function conclude(
  job: Job,
  { work, judge, jobs, device, rewardWeights, keep }: Bench,
  ending: Pick<Summary, "exitCode" | "attempts">,
): Promise<Outcome> {
  const files = new RunFiles(work.path("runs", job.id));
  const [lines, samples] = [await files.readMetrics(), await files.readSamples()];
  if (lines.length === 0) return "hopeless";
  const judged = samples.map((sample) => ({
    ...sample,
    judge: judge.score(textOf(sample)),
  }));
  const steps = judgedSteps(lines, judged);
  const complete = ending.exitCode === 0 && lines.length >= job.steps;
  const summary: Summary = {
    ...job,
    ...ending,
    ...figuresOf(steps),
    ...trainedWith(await files.readRun()),
    ...rewardWeights === undefined ? {} : { rewardWeights },
    complete,
    finishedAt: new Date().toISOString(),
    machine: { ...thisMachine(), device, jobs },
  };
  work.writeLines("metrics", job.id, steps);
  work.writeLines("evaluations", job.id, await files.readEvaluations());
  work.writeLines(
    "samples",
    job.id,
    judged.map(({ step, prompt, completion, score, judge }) => (
      { step, prompt, completion, score, judge }
    )),
  );
  work.writeJson(summary, "summaries", `${job.id}.json`);
  // A failed run is kept for inspection and for the next attempt.
  if (complete && !keep) rmSync(work.path("runs", job.id), { recursive: true, force: true });
  return complete ? "done" : "failed";
}

/** The text that the reward model scored. */
function textOf({ prompt, completion }: SampleLine): string {
  return `${prompt}${completion}`;
}

function judgedSteps(
  lines: readonly MetricsLine[],
  samples: readonly (SampleLine & { readonly judge: number })[],
): JudgedStep[] {
  const byStep = Map.groupBy(samples, ({ step }) => step);
  return lines.map((line) => {
    const own = byStep.get(line.step) ?? [];
    return {
      ...line,
      judge_mean: own.length === 0 ? null : meanOf(own.map(({ judge }) => judge)),
      judged_score_mean: own.length === 0 ? null : meanOf(own.map(({ score }) => score)),
    };
  });
}

function figuresOf(
  steps: readonly JudgedStep[],
): Pick<Summary, "seconds" | "score" | "judge" | "lastKl"> {
  const ends = [steps.slice(0, endSteps), steps.slice(-endSteps)] as const;
  const means = (of: (step: JudgedStep) => number | null) =>
    ends.map((end) => meanOf(end.map(of).filter((value) => value !== null))) as [number, number];
  return {
    seconds: steps.reduce((sum, { step_seconds }) => sum + step_seconds, 0),
    score: means(({ score_mean }) => score_mean),
    judge: means(({ judge_mean }) => judge_mean),
    lastKl: steps.at(-1)!.kl,
  };
}

function trainedWith({ versions, settings }: RunRecord): Pick<Summary, "versions" | "settings"> {
  const named = Object.entries(settings).filter(([name]) => !localSettings.has(name));
  return { versions: { ...versions, ...runtimeVersion() }, settings: Object.fromEntries(named) };
}

/** The version of onnxruntime in deno.json, which affects rounding. */
function runtimeVersion(): Record<string, string> {
  const text = readFileSync(new URL("../deno.json", import.meta.url), "utf8");
  const specifier: string = JSON.parse(text).imports["onnxruntime-node"];
  return { "onnxruntime-node": specifier.slice(specifier.lastIndexOf("@") + 1) };
}

function thisMachine(): Pick<Machine, "processor" | "cores" | "deno"> {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    deno: Deno.version.deno,
  };
}
