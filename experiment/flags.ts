/**
 * Flags: the arguments of `deno task ppo` for a run of the plan.
 *
 * @module
 */

import { usualKlCoefficient } from "./arms.ts";
import type { Job } from "./plan.ts";

/** What a run needs in addition to the plan. */
export interface Surroundings {
  readonly serverUrl: string;
  /** Puts shares in a random order; for runs that are to be permuted. */
  readonly permutingUrl: string;
  /** The directory of the initial policy. */
  readonly policy: string;
  readonly prompts: PromptFiles;
  readonly device: string;
  readonly out: string;
  /** Further flags, which override these. */
  readonly more: readonly string[];
}

/** Files of prompts. */
export interface PromptFiles {
  readonly all: string;
  /** Those that evaluated runs are trained on, and those that they are evaluated on. */
  readonly trained: string;
  readonly heldOut: string;
}

/** Settings that every run shares; others are the trainer's defaults. */
const shared = {
  batch: 64,
  temperature: 1,
  "checkpoint-every": 25,
  threads: 1,
  // A machine that is paused for a while must not end its runs.
  "reward-timeout-ms": 3_600_000,
  // As in the runs whose results are written up.
  send: "text",
};

/** How evaluated runs are evaluated; the judge reads more of their samples. */
const evaluation = { "eval-every": 10, "eval-limit": 128, samples: 32 };

/** The arguments. A flag in `more` replaces the one of the same name. */
export function trainerFlags(job: Job, surroundings: Surroundings): string[] {
  const { policy, device, out, more } = surroundings;
  const flags = {
    ...rewardFlags(job, surroundings),
    policy,
    beta: job.beta,
    ...promptFlags(job, surroundings),
    steps: job.steps,
    "min-new-tokens": job.minNewTokens,
    "max-new-tokens": job.maxNewTokens,
    "forbidden-end": job.forbiddenEnd,
    "kl-coefficient": job.klCoefficient ?? usualKlCoefficient,
    seed: job.seed,
    device,
    ...shared,
    ...job.flags,
    out,
  };
  const replaced = new Set(more.map((word) => word.split("=")[0]));
  return Object.entries(flags)
    .filter(([name]) => !replaced.has(`--${name}`))
    .flatMap(([name, value]) => [`--${name}`, String(value)])
    .concat(job.varyLength ? ["--vary-length"] : [], endFlag(job), more);
}

function endFlag({ endRead = false }: Job): string {
  return endRead ? "--send-end-of-text" : "--no-send-end-of-text";
}

function rewardFlags({ method }: Job, { serverUrl, permutingUrl }: Surroundings) {
  return method === "permuted"
    ? { server: permutingUrl, credit: "abc" }
    : { server: serverUrl, credit: method };
}

function promptFlags({ evaluated = false }: Job, { prompts }: Surroundings) {
  return evaluated
    ? { prompts: prompts.trained, "eval-prompts": prompts.heldOut, ...evaluation }
    : { prompts: prompts.all, samples: 8 };
}
