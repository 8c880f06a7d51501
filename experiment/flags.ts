/**
 * Flags: a run of the plan as the words of `deno task ppo`.
 *
 * @module
 */

import type { Job } from "./plan.ts";

/** What a run needs beside what the plan says of it. */
export interface Surroundings {
  readonly serverUrl: string;
  /** The directory of the policy to start from. */
  readonly policy: string;
  readonly prompts: string;
  readonly device: string;
  readonly out: string;
  /** Further words, which override what stands here. */
  readonly more: readonly string[];
}

/** Settings that every run shares; what is not named is left to the trainer's own defaults. */
const shared = {
  batch: 64,
  temperature: 1,
  samples: 8,
  "checkpoint-every": 25,
  threads: 1,
};

/** The words behind `deno task ppo`. A word given in `more` replaces the one of the same name. */
export function trainerFlags(job: Job, surroundings: Surroundings): string[] {
  const { serverUrl, policy, prompts, device, out, more } = surroundings;
  const flags = {
    server: serverUrl,
    policy,
    credit: job.method,
    beta: job.beta,
    prompts,
    steps: job.steps,
    "min-new-tokens": job.minNewTokens,
    "max-new-tokens": job.maxNewTokens,
    "forbidden-end": job.forbiddenEnd,
    seed: job.seed,
    device,
    ...shared,
    out,
  };
  const replaced = new Set(more.map((word) => word.split("=")[0]));
  return Object.entries(flags)
    .filter(([name]) => !replaced.has(`--${name}`))
    .flatMap(([name, value]) => [`--${name}`, String(value)])
    .concat(job.varyLength ? ["--vary-length"] : [], more);
}
