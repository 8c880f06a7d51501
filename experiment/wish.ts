/**
 * Wish: the words of `deno task experiment` as what is to be done.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { deviceNames } from "../src/engine/devices.ts";
import { AbacusError, messageOf } from "../src/errors.ts";
import type { Wish } from "./experiment.ts";
import { bundled, fullScale, phaseNames, phasesNamed, usualPhases } from "./plan.ts";

/** What `--help` prints. */
export const help = `deno task experiment --data FOLDER

  --data FOLDER       holds movie_reviews.jsonl.gz and sentence_polarity.jsonl.gz
  --work FOLDER       where everything is kept [tmp/experiment]
  --published FOLDER  runs of the same settings that stand there are not done again
                      [docs/experiment]
  --jobs N            runs at once, one thread each [2]
  --phase NAMES       some of ${phaseNames.join(",")}
                      [${usualPhases.join(",")}]
  --steps N           steps of each run [${fullScale.steps}]
  --seeds N           at most so many seeds [${fullScale.seeds}]
  --policy DIR        the policy to start from [${bundled.policy}]
  --reward-model DIR  [${bundled.rewardModel}]
  --device NAME       where trainers and reward server compute: cpu, webgpu or cuda [cpu]
  --trainer WORDS     further words for deno task ppo, as in "--learning-rate 1e-4"
  --port N            of the reward server [8731]
  --keep              leave the trained policies in runs/
  --plan              say what is planned and left, and run nothing

Stopped with Ctrl-C and started again, it goes on where it was.`;

const options = {
  data: { type: "string" },
  work: { type: "string", default: "tmp/experiment" },
  published: { type: "string", default: "docs/experiment" },
  jobs: { type: "string", default: "2" },
  phase: { type: "string", default: usualPhases.join(",") },
  steps: { type: "string", default: String(fullScale.steps) },
  seeds: { type: "string", default: String(fullScale.seeds) },
  policy: { type: "string", default: bundled.policy },
  "reward-model": { type: "string", default: bundled.rewardModel },
  device: { type: "string", default: "cpu" },
  trainer: { type: "string", default: "" },
  // Fixed, so that a run that is resumed finds the server where it was.
  port: { type: "string", default: "8731" },
  keep: { type: "boolean", default: false },
  plan: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** What was asked for. */
export type Asked =
  | { readonly show: "help" }
  | { readonly show: "plan" | "nothing"; readonly wish: Wish };

/**
 * Reads the words.
 *
 * @throws {AbacusError} `bad_usage` naming the word that is wrong
 */
export function readWish(words: readonly string[]): Asked {
  const values = parse(words);
  if (values.help) return { show: "help" };
  if (values.data === undefined && !values.plan) {
    throw new AbacusError("bad_usage", "Cannot run without --data, the folder of the reviews");
  }
  const wish: Wish = {
    data: values.data ?? "",
    work: values.work,
    published: values.published,
    jobs: wholeNumber("jobs", values.jobs, 1),
    phases: phasesNamed(values.phase),
    scale: {
      steps: wholeNumber("steps", values.steps, 1),
      seeds: wholeNumber("seeds", values.seeds, 1),
    },
    port: wholeNumber("port", values.port, 0),
    policy: values.policy,
    rewardModel: values["reward-model"],
    device: deviceNamed(values.device),
    more: values.trainer.split(/\s+/).filter((word) => word !== ""),
    keep: values.keep,
  };
  return { show: values.plan ? "plan" : "nothing", wish };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options }).values;
  } catch (cause) {
    throw new AbacusError("bad_usage", `Cannot read the words as ${messageOf(cause)}`, { cause });
  }
}

/** Not `auto`: a run tells where it was carried out. */
function deviceNamed(name: string): Wish["device"] {
  const device = deviceNames.find((each) => each === name);
  if (device !== undefined) return device;
  throw new AbacusError(
    "bad_usage",
    `Cannot run as --device must be one of ${deviceNames.join(", ")}: received '${name}'`,
  );
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= least) return value;
  throw new AbacusError(
    "bad_usage",
    `Cannot run as --${name} must be a whole number from ${least}: received '${text}'`,
  );
}
