/**
 * ExperimentSpec: the words of `deno task experiment` as what is to be done.
 *
 * @module
 */

import { deviceNames } from "../src/engine/devices.ts";
import { AbacusError } from "../src/errors.ts";
import type { ExperimentSpec } from "./experiment.ts";
import { bundled, fullScale, phaseNames, phasesNamed, usualPhases } from "./plan.ts";
import { madeRewardModels } from "./reward_models.ts";
import { readFlags } from "./task.ts";

/** What `--help` prints. */
export const help = `deno task experiment --data FOLDER

  --data FOLDER       contains movie_reviews.jsonl.gz and sentence_polarity.jsonl.gz
  --work FOLDER       where everything is stored [tmp/experiment]
  --published FOLDER  published runs, which are not repeated with the same settings
                      [docs/experiment]
  --jobs N            runs at once, one thread each [2]
  --phase NAMES       some of ${phaseNames.join(",")}
                      [${usualPhases.join(",")}]
  --steps N           steps of each run [those of its phase]
  --seeds N           at most this many seeds [${fullScale.seeds}]
  --policy DIR        the policy to start from [${bundled.policy}]
  --reward-model DIR  [${bundled.rewardModel}]
  --small DIR         the smaller one of the phase reward-models [${madeRewardModels.small}]
  --pairs DIR         the one that was trained by pairs [${madeRewardModels.pairs}]
  --device NAME       device of trainers and reward server: cpu, webgpu or cuda [cpu]
  --trainer WORDS     further flags of deno task ppo, as in "--learning-rate 1e-4"
  --port N            of the reward server [8731]; the next one permutes shares
  --minutes N         stop after so long, to be resumed later [no limit]
  --keep              keep the trained policies in runs/
  --plan              print what is planned and left, and run nothing

After Ctrl-C the same command resumes.`;

const options = {
  data: { type: "string" },
  work: { type: "string", default: "tmp/experiment" },
  published: { type: "string", default: "docs/experiment" },
  jobs: { type: "string", default: "2" },
  phase: { type: "string", default: usualPhases.join(",") },
  steps: { type: "string" },
  seeds: { type: "string", default: String(fullScale.seeds) },
  policy: { type: "string", default: bundled.policy },
  "reward-model": { type: "string", default: bundled.rewardModel },
  small: { type: "string", default: madeRewardModels.small },
  pairs: { type: "string", default: madeRewardModels.pairs },
  device: { type: "string", default: "cpu" },
  trainer: { type: "string", default: "" },
  // Fixed, as a resumed run must find the server at the same address.
  port: { type: "string", default: "8731" },
  minutes: { type: "string" },
  keep: { type: "boolean", default: false },
  plan: { type: "boolean", default: false },
} as const;

/** What to do. */
export interface Request {
  readonly action: "plan" | "run";
  readonly spec: ExperimentSpec;
  /** After which a run is stopped, to be resumed; Infinity for never. */
  readonly minutes: number;
}

/** A month; timers cannot be much longer. */
const maxMinutes = 43_200;

/**
 * Parses the arguments.
 *
 * @throws {AbacusError} `bad_usage` naming the invalid one
 */
export function readSpec(words: readonly string[]): Request {
  const values = readFlags(words, options);
  if (values.data === undefined && !values.plan) {
    throw new AbacusError("bad_usage", "Cannot run without --data, the folder of the reviews");
  }
  const spec: ExperimentSpec = {
    data: values.data ?? "",
    work: values.work,
    published: values.published,
    jobs: integer("jobs", values.jobs, 1),
    phases: phasesNamed(values.phase),
    scale: {
      steps: values.steps === undefined ? undefined : integer("steps", values.steps, 1),
      seeds: integer("seeds", values.seeds, 1),
    },
    port: integer("port", values.port, 0),
    policy: values.policy,
    rewardModel: values["reward-model"],
    otherRewardModels: { small: values.small, pairs: values.pairs },
    device: deviceNamed(values.device),
    more: values.trainer.split(/\s+/).filter((word) => word !== ""),
    keep: values.keep,
  };
  return { action: values.plan ? "plan" : "run", spec, minutes: minutesOf(values.minutes) };
}

/** Not `auto`, as a run records its device. */
function deviceNamed(name: string): ExperimentSpec["device"] {
  const device = deviceNames.find((each) => each === name);
  if (device !== undefined) return device;
  throw new AbacusError(
    "bad_usage",
    `Cannot run as --device must be one of ${deviceNames.join(", ")}: received '${name}'`,
  );
}

function minutesOf(text: string | undefined): number {
  return text === undefined ? Infinity : Math.min(maxMinutes, integer("minutes", text, 1));
}

function integer(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= least) return value;
  throw new AbacusError(
    "bad_usage",
    `Cannot run as --${name} must be an integer from ${least}: received '${text}'`,
  );
}
