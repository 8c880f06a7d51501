/**
 * Experiment: carries out what is left of the plan, a few runs at a time.
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
import { bundled, type Job, type PhaseName, planJobs, type Scale } from "./plan.ts";
import { leftLine, planLines, remaining } from "./progress.ts";
import { cutPrompts, cutting, promptLines } from "./prompts.ts";
import { publishedSummaries, restore } from "./results.ts";
import { startRewardServer } from "./reward_server.ts";
import type { Stop } from "./stop.ts";
import { type Bench, carryOut, type Outcome } from "./trial.ts";
import { type Summary, Work } from "./work.ts";

/** What is to be done, and with what. */
export interface Wish {
  /** The folder that holds the reviews. */
  readonly data: string;
  readonly work: string;
  /** Where runs were published that need not be done again. */
  readonly published: string;
  /** Runs at once. */
  readonly jobs: number;
  readonly phases: readonly PhaseName[];
  readonly scale: Scale;
  /** Of the reward server. */
  readonly port: number;
  readonly policy: string;
  readonly rewardModel: string;
  /** Where trainers and reward server compute, as their `--device` takes it. */
  readonly device: Device;
  /** Further words for the trainer. */
  readonly more: readonly string[];
  readonly keep: boolean;
}

/** How it talks, what it starts and who stops it. */
export interface Means {
  readonly note: (line: string) => void;
  readonly trainer: Program;
  readonly server: Program;
  readonly stop: Stop;
}

/** The exit code of something that was stopped before its end. */
const stoppedCode = 130;

/** Says what the plan is and what of it is left. Takes no run over and starts none. */
export function showPlan(wish: Wish, note: Means["note"]): void {
  const { work, published, phases, scale, jobs } = wish;
  const over = [
    ...publishedSummaries(published).filter(isOfWish(wish)),
    ...new Work(work).summaries(),
  ];
  planLines(planJobs(phases, scale), over, jobs).forEach((line) => note(line));
}

/** Whether a published run is what the wish would give: they are of the bundled models, untouched. */
function isOfWish({ scale, policy, rewardModel, more }: Wish): (summary: Summary) => boolean {
  const untouched = more.length === 0 && policy === bundled.policy &&
    rewardModel === bundled.rewardModel;
  return ({ steps }) => untouched && steps === scale.steps;
}

/**
 * Runs what is left.
 *
 * @returns 0 where all is done, 1 where runs failed, 130 where it was stopped
 * @throws {AbacusError} `bad_usage` where the folder was begun with other settings, the data cannot be
 * read or the server does not start
 */
export async function runExperiment(wish: Wish, means: Means): Promise<number> {
  const { note, stop } = means;
  const work = new Work(wish.work);
  hold(work, wish);
  const restored = restore(wish.published, work, isOfWish(wish));
  if (restored > 0) note(`${restored} runs taken from ${wish.published}`);
  showPlan(wish, note);
  const left = remaining(planJobs(wish.phases, wish.scale), work.summaries());
  if (left.length === 0) return 0;
  const judge = await prepare(wish, work, note);
  await using server = await startRewardServer(means.server, {
    words: serverWords(wish),
    log: work.path("logs", "server.log"),
    hard: stop.hard,
  });
  note(`reward server: ${server.url}`);
  const lost = new AbortController();
  const lose = () => lost.abort();
  server.ended.then(lose, lose);
  const bench: Bench = {
    ...wish,
    work,
    judge,
    trainer: means.trainer,
    serverUrl: server.url,
    stop: { gentle: AbortSignal.any([stop.gentle, lost.signal]), hard: stop.hard },
  };
  const outcomes = await carryOutAll(left, bench, note);
  if (lost.signal.aborted) note("the reward server ended; see logs/server.log");
  return codeOf(outcomes, left.length);
}

/** The folder's runs must all be of one kind, also those that are over: so before anything is read. */
function hold(work: Work, { scale: { steps }, policy, rewardModel, more }: Wish): void {
  work.holdTo({ steps, policy, rewardModel, trainer: more, cutting });
}

/** Writes the prompts and trains the judge. */
async function prepare(wish: Wish, work: Work, note: Means["note"]) {
  const corpus = readCorpus(wish.data, heldOutRows());
  if (!existsSync(work.path("prompts.jsonl"))) {
    work.writeText(promptLines(await promptsOf(corpus, wish.policy)), "prompts.jsonl");
  }
  const { judge, accuracy } = trainJudge(corpus);
  work.writeJson({ accuracy }, "judge.json");
  note(
    `judge: right on ${(100 * accuracy.snippets).toFixed(1)} % of held-out snippets, ` +
      `${(100 * accuracy.reviews).toFixed(1)} % of held-out reviews`,
  );
  return judge;
}

async function promptsOf({ reviews }: Corpus, policy: string): Promise<string[]> {
  const tokenizer = await Tokenizer.load(readFileSync(join(policy, "tokenizer.json"), "utf8"));
  return await cutPrompts(reviews.heldOut.map(naturalText), tokenizer);
}

/** The rows of the snippets that the recipe of the bundled models held out. */
function heldOutRows(): number[] {
  const path = fileURLToPath(new URL("../models/recipe/logs/held_out.json", import.meta.url));
  return JSON.parse(readFileSync(path, "utf8")).test;
}

function serverWords({ rewardModel, port, device }: Wish): string[] {
  const flags = { model: rewardModel, port, device, threads: 1, log: "off" };
  return Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

/**
 * Keeps `jobs` trials going until none is left or one was stopped. Where one of them throws, the others
 * are stopped gently and waited for: their processes would outlive this one.
 */
async function carryOutAll(
  left: readonly Job[],
  { stop, ...common }: Bench,
  note: Means["note"],
): Promise<Outcome[]> {
  const broken = new AbortController();
  const gentle = AbortSignal.any([stop.gentle, broken.signal]);
  const bench = { ...common, stop: { ...stop, gentle } };
  let queue = [...left];
  const outcomes: Outcome[] = [];
  const lane = async () => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const outcome = await carryOut(job, bench);
      outcomes.push(outcome);
      note(`${job.id}: ${outcome}${detailsOf(job, bench.work)}`);
      if (outcome === "stopped") queue.splice(0);
      if (outcome === "hopeless") {
        note(`no step was done, so no more of ${job.method}; see logs/${job.id}.log`);
        queue = queue.filter(({ method }) => method !== job.method);
      }
      if (queue.length > 0) note(leftLine(queue, bench.work.summaries(), bench.jobs));
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
