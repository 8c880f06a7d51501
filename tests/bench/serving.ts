/**
 * Workload (e) of the scoring bench: one-sample requests over HTTP, many in flight, as trainers send them; beside a
 * FastAPI server around transformers that batches nothing.
 *
 * Abacus answers with the reward of every token, the other server with scores alone. Scores must agree.
 *
 * @module
 */

import { join } from "node:path";
import { startServer } from "../e2e/program.ts";
import { findPython, PythonPeer } from "../support/python.ts";
import { writePost } from "./load/connection.ts";
import { cpuSeconds } from "./load/cpu.ts";
import { quantileMs, type Round, roundOf } from "./load/round.ts";
import { review } from "./load/texts.ts";
import { seeded } from "./seeded.ts";
import { benchConfig, writeBenchModel } from "./workload.ts";

/** Requests at a time. */
const IN_FLIGHT = 64;

/** How far the scores of two servers may lie apart. */
const TOLERANCE = 1e-3;

const bundled = new URL("../../models/movie-reward/", import.meta.url).pathname;

/** A prompt with one completion. */
interface Sample {
  readonly prompt: string;
  readonly completion: string;
}

/** Samples that are sent one by one. */
interface Samples {
  readonly name: string;
  readonly samples: readonly Sample[];
}

/** A server that scores. */
interface Contender {
  readonly name: string;
  readonly url: URL;
  post(sample: Sample): Uint8Array;
  score(body: string): number;
  /** The process that speaks HTTP, where others compute. @default they are one */
  readonly pid?: number;
}

/** What one server made of some samples: the median round. */
export interface ServingResult {
  readonly workload: string;
  readonly contender: string;
  readonly seconds: number;
  readonly requestsPerS: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The part of the CPU time that did not go to the model: HTTP, JSON, tokenising, queue, credit. */
  readonly besideModel?: number;
}

/** Words are about a token each. Workload (a): 4 prompts of 128 with 8 completions of 16 to 127 each. */
function sharedPrompts(): Samples {
  const random = seeded(128);
  const samples = Array.from({ length: 4 }, () => review(random, 126)).flatMap((prompt) =>
    Array.from({ length: 8 }, () => ({
      prompt,
      completion: review(random, 15 + Math.floor(112 * random())),
    }))
  );
  return { name: "(e) of (a): 32 posts, 4 prompts", samples };
}

/** Workload (c): 64 samples of 32 to 384 tokens that share nothing. */
function singles(): Samples {
  const random = seeded(64);
  const samples = Array.from({ length: 64 }, () => {
    const words = 30 + Math.floor(353 * random());
    const prompt = review(random, Math.ceil(words / 4));
    return { prompt, completion: review(random, Math.floor((3 * words) / 4)) };
  });
  return { name: "(e) of (c): 64 posts of their own", samples };
}

/** How the servers are timed. */
interface ServingOptions {
  readonly rounds: number;
  /** Of the model, in each server. */
  readonly threads: number;
  /** Prints a line. */
  readonly say: (line: string) => void;
}

/** Times both servers, in alternation. */
export async function benchServing(options: ServingOptions): Promise<ServingResult[]> {
  const directory = await Deno.makeTempDir({ prefix: "abacus-serving-" });
  try {
    await writeBenchModel(directory, { ...benchConfig, vocab_size: 8192 });
    for (const name of ["tokenizer.json", "tokenizer_config.json"]) {
      await Deno.copyFile(join(bundled, name), join(directory, name));
    }
    const flags = ["--log=off", "--device=cpu", `--threads=${options.threads}`];
    await using server = await startServer([...flags, `--model=${directory}`]);
    await using peer = await startPeer(directory, options);
    const contenders = [
      abacus(new URL(server.url), server.program.pid),
      ...peer === undefined ? [] : [fastApi(new URL(String(peer.greeting["url"])))],
    ];
    const results: ServingResult[] = [];
    for (const each of [sharedPrompts(), singles()]) {
      results.push(...await compare(contenders, each, options));
    }
    return results;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function startPeer(
  directory: string,
  { threads, say }: ServingOptions,
): Promise<PythonPeer | undefined> {
  const python = await findPython(["torch", "transformers", "fastapi", "uvicorn"]);
  if (python === undefined) {
    say(
      "no Python with torch, transformers, fastapi and uvicorn: see tests/bench/requirements.txt",
    );
    return undefined;
  }
  const script = new URL("fastapi_peer.py", import.meta.url);
  const peer = await PythonPeer.start(python, script, [directory, `${threads}`]);
  say(`peer: ${JSON.stringify(peer.greeting)}, ${threads} threads`);
  return peer;
}

function abacus(url: URL, pid: number): Contender {
  return {
    name: "abacus with credit",
    url,
    pid,
    post: ({ prompt, completion }) =>
      writePost(url, "/v1/rewards", { items: [{ prompt, completions: [completion] }] }),
    score: (body) => JSON.parse(body).items[0].completions[0].score,
  };
}

function fastApi(url: URL): Contender {
  return {
    name: "FastAPI around transformers, sdpa",
    url,
    post: ({ prompt, completion }) =>
      writePost(url, "/get_reward", { query: [prompt + completion] }),
    score: (body) => JSON.parse(body).rewards[0],
  };
}

/** A round, and the part of the CPU time that went to the process that speaks HTTP. */
interface Timed extends Round {
  readonly besideModel: number | undefined;
}

async function compare(
  contenders: readonly Contender[],
  { name, samples }: Samples,
  { rounds, say }: ServingOptions,
): Promise<ServingResult[]> {
  say(`\n${name}, ${IN_FLIGHT} in flight, ${rounds} rounds`);
  const runs = contenders.map((contender) => ({
    contender,
    posts: samples.map(contender.post),
    timed: [] as Timed[],
  }));
  for (const { contender, posts } of runs) await timed(contender, posts.slice(0, 8)); // warm
  for (let round = 0; round < rounds; round++) {
    for (const { contender, posts, timed: all } of runs) all.push(await timed(contender, posts));
  }
  expectAgreement(runs);
  const results = runs.map(({ contender, timed }): ServingResult => {
    const middle = timed.toSorted((a, b) => a.requestsPerS - b.requestsPerS)[timed.length >> 1]!;
    const { requestsPerS, besideModel } = middle;
    return {
      workload: name,
      contender: contender.name,
      seconds: samples.length / requestsPerS,
      requestsPerS,
      p50Ms: quantileMs(middle, 0.5),
      p99Ms: quantileMs(middle, 0.99),
      ...(besideModel === undefined ? {} : { besideModel }),
    };
  });
  for (const each of results) say(lineOf(each, results[0]!));
  return results;
}

async function timed(
  { url, pid }: Contender,
  posts: readonly Uint8Array[],
): Promise<Timed> {
  const before = pid === undefined ? undefined : await cpuSeconds(pid);
  const round = await roundOf(url, posts, IN_FLIGHT);
  if (before === undefined || pid === undefined) return { ...round, besideModel: undefined };
  const { own, children } = await cpuSeconds(pid);
  const [server, engine] = [own - before.own, children - before.children];
  return { ...round, besideModel: server / (server + engine) };
}

/** A fast wrong answer is no answer. */
function expectAgreement(
  runs: readonly { readonly contender: Contender; readonly timed: readonly Timed[] }[],
): void {
  const [reference = [], ...others] = runs.map(({ contender, timed }) =>
    timed[0]!.bodies.map(contender.score)
  );
  for (const scores of others) {
    const gap = Math.max(...reference.map((score, i) => Math.abs(score - (scores[i] ?? NaN))));
    if (!(gap < TOLERANCE)) throw new Error(`Cannot compare as scores differ by ${gap}`);
  }
}

function lineOf(result: ServingResult, first: ServingResult): string {
  const { contender, seconds, requestsPerS, p50Ms, p99Ms, besideModel } = result;
  const part = besideModel === undefined
    ? ""
    : `   ${(100 * besideModel).toFixed(0)} % of the CPU time beside the model`;
  return `  ${contender.padEnd(36)} ${seconds.toFixed(2).padStart(7)} s ` +
    `${requestsPerS.toFixed(1).padStart(6)} requests/s   p50 ${p50Ms.toFixed(0)} ms   ` +
    `p99 ${p99Ms.toFixed(0)} ms   ${(seconds / first.seconds).toFixed(2).padStart(5)} x${part}`;
}
