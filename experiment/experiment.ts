/**
 * Experiment: executes the remaining runs of the plan, a few at a time.
 *
 * @module
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Device } from "../src/engine/devices.ts";
import { compact, signed } from "../src/ppo/report/figures.ts";
import { Tokenizer } from "../src/text/tokenizer.ts";
import type { Program } from "./child.ts";
import { type Corpus, naturalText, readCorpus } from "./corpus.ts";
import { trainJudge } from "./judge.ts";
import { servePermuted } from "./permutation.ts";
import { bundled, type Job, type PhaseName, planJobs, type Scale, stepsOf } from "./plan.ts";
import { leftLine, planLines, remaining } from "./progress.ts";
import {
  cutPrompts,
  cutting,
  type DividedPrompts,
  dividedPrompts,
  promptLines,
} from "./prompts.ts";
import { publishedSummaries, restore } from "./results.ts";
import {
  expectRewardModels,
  expectWeights,
  isOfWeights,
  rewardModelOf,
  type RewardModels,
  weightsOf,
} from "./reward_models.ts";
import { startRewardServer } from "./reward_server.ts";
import type { Stop } from "./stop.ts";
import { type Bench, type Outcome, runTrial } from "./trial.ts";
import { type Summary, Work } from "./work.ts";

/** What to run, and with what. */
export interface ExperimentSpec extends RewardModels {
  /** The folder of the reviews. */
  readonly data: string;
  readonly work: string;
  /** The folder of published runs, which are not repeated. */
  readonly published: string;
  /** Concurrent runs. */
  readonly jobs: number;
  readonly phases: readonly PhaseName[];
  readonly scale: Scale;
  /** Of the reward server; the next one is that of the server that permutes its shares. */
  readonly port: number;
  readonly policy: string;
  /** `--device` of trainers and reward server. */
  readonly device: Device;
  /** Further flags of the trainer. */
  readonly more: readonly string[];
  readonly keep: boolean;
}

/** Output, programs and signals. */
export interface Environment {
  readonly note: (line: string) => void;
  readonly trainer: Program;
  readonly server: Program;
  readonly stop: Stop;
}

/** The exit code of a stopped experiment. */
const stoppedCode = 130;

/** Prints the plan and what is left of it, without any changes. */
export function showPlan(spec: ExperimentSpec, note: Environment["note"]): void {
  const { work, published, phases, scale } = spec;
  const finished = [
    ...publishedSummaries(published).filter(matchesSpec(spec)),
    ...new Work(work).summaries(),
  ];
  planLines(planJobs(phases, scale), finished, spec).forEach((line) => note(line));
}

/** Whether a published run equals the spec's: those are of the bundled models with default settings. */
function matchesSpec(spec: ExperimentSpec): (summary: Summary) => boolean {
  const isDefault = isUsual(spec);
  const isAlike = isOfWeights(spec);
  return (summary) =>
    isDefault && summary.steps === stepsOf(summary.phase, spec.scale) && isAlike(summary);
}

function isUsual({ policy, rewardModel, more }: ExperimentSpec): boolean {
  return more.length === 0 && policy === bundled.policy && rewardModel === bundled.rewardModel;
}

/**
 * Executes the remaining runs.
 *
 * @returns 0 if all are done, 1 if runs failed, 130 if it was stopped
 * @throws {AbacusError} `bad_usage` if the work folder has other settings, the data cannot be read or the
 * server does not start
 */
export async function runExperiment(
  spec: ExperimentSpec,
  environment: Environment,
): Promise<number> {
  const { note, stop } = environment;
  const work = new Work(spec.work);
  checkSettings(work, spec);
  const restored = restore(spec.published, work, matchesSpec(spec));
  if (restored > 0) note(`${restored} runs taken from ${spec.published}`);
  showPlan(spec, note);
  const left = remaining(planJobs(spec.phases, spec.scale), work.summaries());
  if (left.length === 0) return 0;
  checkModels(spec, left);
  const judge = await prepare(spec, work, note);
  const outcomes: Outcome[] = [];
  for (const [rewardModel, jobs] of Map.groupBy(left, (job) => rewardModelOf(job, spec))) {
    if (stop.gentle.aborted) break;
    outcomes.push(...await runScored(jobs, { ...spec, work, judge, rewardModel }, environment));
  }
  return codeOf(outcomes, left.length);
}

/** What the runs of one reward model need. */
type Scored = Omit<ExperimentSpec, "work"> & Pick<Bench, "work" | "judge">;

/** Executes the runs of one reward model, with a server for them. */
async function runScored(
  left: readonly Job[],
  spec: Scored,
  { note, stop, ...programs }: Environment,
): Promise<Outcome[]> {
  await using server = await startRewardServer(programs.server, {
    words: serverWords(spec),
    log: spec.work.path("logs", "server.log"),
    hard: stop.hard,
  });
  await using permuting = servePermuted({ of: server.url, port: nextPort(spec.port) });
  note(`reward server: ${server.url}`);
  const lost = new AbortController();
  const abort = () => lost.abort();
  server.ended.then(abort, abort);
  const bench: Bench = {
    ...spec,
    trainer: programs.trainer,
    rewardWeights: weightsOf(spec.rewardModel),
    serverUrl: server.url,
    permutingUrl: permuting.url,
    stop: { gentle: AbortSignal.any([stop.gentle, lost.signal]), hard: stop.hard },
  };
  const outcomes = await runTrials(left, bench, note);
  if (lost.signal.aborted) note("the reward server ended; see logs/server.log");
  return outcomes;
}

/** All runs of the folder, including finished ones, must have the same settings. */
function checkSettings(
  work: Work,
  { scale: { steps }, policy, rewardModel, more }: ExperimentSpec,
): void {
  const weights = weightsOf(rewardModel);
  work.requireSettings({ steps, policy, rewardModel, weights, trainer: more, cutting });
}

/** The models of the runs must exist, and be those of published runs that they are compared with. */
function checkModels(spec: ExperimentSpec, left: readonly Job[]): void {
  expectRewardModels(left, spec);
  if (!isUsual(spec)) return;
  const phases = [...new Set(left.map(({ phase }) => phase))];
  expectWeights(weightsOf(spec.rewardModel), phases, publishedSummaries(spec.published));
}

/** Any port stays any. */
function nextPort(port: number): number {
  return port === 0 ? 0 : port + 1;
}

/** Writes the prompts and trains the judge. */
async function prepare(spec: ExperimentSpec, work: Work, note: Environment["note"]) {
  const corpus = readCorpus(spec.data, heldOutRows());
  const { all, trained, heldOut } = work.promptFiles;
  if (![all, trained, heldOut].every((path) => existsSync(path))) {
    const prompts = await promptsOf(corpus, spec.policy);
    work.writePrompts({
      all: promptLines(prompts.all),
      trained: promptLines(prompts.trained),
      heldOut: promptLines(prompts.heldOut),
    });
  }
  const { judge, accuracy } = trainJudge(corpus);
  work.writeJson({ accuracy }, "judge.json");
  note(
    `judge: accuracy ${(100 * accuracy.snippets).toFixed(1)} % on held-out snippets, ` +
      `${(100 * accuracy.reviews).toFixed(1)} % on held-out reviews`,
  );
  return judge;
}

async function promptsOf({ reviews }: Corpus, policy: string): Promise<DividedPrompts> {
  const tokenizer = await Tokenizer.load(readFileSync(join(policy, "tokenizer.json"), "utf8"));
  const texts = reviews.heldOut.map(naturalText);
  return dividedPrompts(await cutPrompts(texts, tokenizer), texts);
}

/** The rows of snippets that the bundled models' recipe held out. */
function heldOutRows(): number[] {
  const path = fileURLToPath(new URL("../models/recipe/logs/held_out.json", import.meta.url));
  return JSON.parse(readFileSync(path, "utf8")).test;
}

function serverWords(
  { rewardModel, port, device }: Pick<ExperimentSpec, "rewardModel" | "port" | "device">,
): string[] {
  const flags = { model: rewardModel, port, device, threads: 1, log: "off" };
  return Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

/**
 * Runs `jobs` trials at a time until none is left or one was stopped. If one of them throws, the others are
 * stopped and awaited, as their processes would outlive this one.
 */
async function runTrials(
  left: readonly Job[],
  { stop, ...common }: Bench,
  note: Environment["note"],
): Promise<Outcome[]> {
  const broken = new AbortController();
  const gentle = AbortSignal.any([stop.gentle, broken.signal]);
  const bench = { ...common, stop: { ...stop, gentle } };
  let queue = [...left];
  const outcomes: Outcome[] = [];
  const lane = async () => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const outcome = await runTrial(job, bench);
      outcomes.push(outcome);
      note(`${job.id}: ${outcome}${detailsOf(job, bench.work)}`);
      if (outcome === "stopped") queue.splice(0);
      if (outcome === "hopeless") {
        note(`no step was finished, so ${job.method} is skipped; see logs/${job.id}.log`);
        queue = queue.filter(({ method }) => method !== job.method);
      }
      if (queue.length > 0) note(leftLine(queue, bench.work.summaries(), bench));
    }
  };
  const lanes = Array.from({ length: bench.jobs }, () =>
    lane().catch((error) => {
      broken.abort();
      throw error;
    }));
  const ends = await Promise.allSettled(lanes);
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return outcomes;
}

function detailsOf({ id }: Job, work: Work): string {
  const summary = work.summaries().find((each) => each.id === id);
  if (summary === undefined) return "";
  const [first, last] = summary.score;
  const [before, after] = summary.judge;
  return `, score ${signed(first)} to ${signed(last)}, judge ${signed(before)} to ${
    signed(after)
  }, KL ${compact(summary.lastKl)}`;
}

function codeOf(outcomes: readonly Outcome[], planned: number): number {
  if (outcomes.some((each) => each === "failed" || each === "hopeless")) return 1;
  return outcomes.filter((each) => each === "done").length === planned ? 0 : stoppedCode;
}
