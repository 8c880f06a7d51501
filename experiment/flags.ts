/**
 * Flags: the arguments of `deno task ppo` for a run of the plan.
 *
 * @module
 */

import type { Job } from "./plan.ts";

/** What a run needs in addition to the plan. */
export interface Surroundings {
  readonly serverUrl: string;
  /** The directory of the initial policy. */
  readonly policy: string;
  readonly prompts: string;
  readonly device: string;
  readonly out: string;
  /** Further flags, which override these. */
  readonly more: readonly string[];
}

/** Settings that every run shares; others are the trainer's defaults. */
const shared = {
  batch: 64,
  temperature: 1,
  samples: 8,
  "checkpoint-every": 25,
  threads: 1,
};

/** The arguments. A flag in `more` replaces the one of the same name. */
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
