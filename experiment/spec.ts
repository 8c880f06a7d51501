/**
 * ExperimentSpec: the flags of `deno task experiment`, and what they ask for.
 *
 * @module
 */

import type { FlagValues } from "../src/cli/task.ts";
import { deviceNames } from "../src/engine/devices.ts";
import { AbacusError } from "../src/errors.ts";
import { help, integer, oneOf, text, toggle } from "../src/settings_readers.ts";
import type { ExperimentSpec } from "./experiment.ts";
import { bundled, fullScale, phaseNames, phasesNamed, usualPhases } from "./plan.ts";
import { madeRewardModels } from "./reward_models.ts";
import { workFlag } from "./work.ts";

/** A month; timers cannot be much longer. */
const maxMinutes = 43_200;

/** The command and its flags. */
export const task = {
  name: "experiment",
  summary: "trains with every credit method and many seeds; after Ctrl-C the same command resumes",
  flags: {
    data: text().optional().register(help, {
      value: "FOLDER",
      description: "contains movie_reviews.jsonl.gz and sentence_polarity.jsonl.gz",
    }),
    work: workFlag(),
    published: text().default("docs/experiment").register(help, {
      value: "FOLDER",
      description: "published runs, which are not repeated with the same settings",
    }),
    jobs: integer(1, 1_024).default(2).register(help, {
      value: "N",
      description: "runs at once, one thread each",
    }),
    phase: text().default(usualPhases.join(",")).register(help, {
      value: "NAMES",
      description: `some of ${phaseNames.join(", ")}`,
    }),
    steps: integer(1, 10_000_000).optional().register(help, {
      value: "N",
      description: "steps of each run",
      unset: "those of its phase",
    }),
    seeds: integer(1, 1_000).default(fullScale.seeds).register(help, {
      value: "N",
      description: "most seeds of a phase",
    }),
    policy: text().default(bundled.policy).register(help, {
      value: "DIR",
      description: "the policy to start from",
    }),
    rewardModel: text().default(bundled.rewardModel).register(help, {
      value: "DIR",
      description: "what scores",
    }),
    small: text().default(madeRewardModels.small).register(help, {
      value: "DIR",
      description: "the smaller one of the phase reward-models",
    }),
    pairs: text().default(madeRewardModels.pairs).register(help, {
      value: "DIR",
      description: "the one that was trained by pairs",
    }),
    // Not auto, as a run records its device.
    device: oneOf(...deviceNames).default("cpu").register(help, {
      value: "NAME",
      description: "device of trainers and reward server: cpu, webgpu or cuda",
    }),
    trainer: text().default("").register(help, {
      value: "WORDS",
      description: 'further flags of deno task ppo, as in "--learning-rate 1e-4"',
      unset: "none",
    }),
    // Fixed, as a resumed run must find the server at the same address.
    port: integer(0, 65_535).default(8731).register(help, {
      value: "N",
      description: "port of the reward server; the next one permutes shares",
    }),
    minutes: integer(1, maxMinutes).optional().register(help, {
      value: "N",
      description: "stop after so long, to be resumed later",
      unset: "no limit",
    }),
    keep: toggle().default(false).register(help, {
      description: "keep the trained policies in runs/",
    }),
    plan: toggle().default(false).register(help, {
      description: "print what is planned and left, and run nothing",
    }),
  },
} as const;

/** What to do. */
export interface Request {
  readonly action: "plan" | "run";
  readonly spec: ExperimentSpec;
  /** After which a run is stopped, to be resumed; Infinity for never. */
  readonly minutes: number;
}

/**
 * What flags ask for.
 *
 * @throws {AbacusError} `bad_usage` for a phase that there is not, or without reviews to run on
 */
export function requestOf(flags: FlagValues<typeof task.flags>): Request {
  if (flags.data === undefined && !flags.plan) {
    throw new AbacusError("bad_usage", "Cannot run without --data, the folder of the reviews");
  }
  const { work, published, jobs, port, policy, rewardModel, device, keep } = flags;
  const spec: ExperimentSpec = {
    ...{ work, published, jobs, port, policy, rewardModel, device, keep },
    data: flags.data ?? "",
    phases: phasesNamed(flags.phase),
    scale: { steps: flags.steps, seeds: flags.seeds },
    otherRewardModels: { small: flags.small, pairs: flags.pairs },
    more: flags.trainer.split(/\s+/).filter((word) => word !== ""),
  };
  return { action: flags.plan ? "plan" : "run", spec, minutes: flags.minutes ?? Infinity };
}
