/**
 * Choice: the setting of each method that the phase `tuning` found best. It is written down before the phase
 * `tuned` runs it with seeds that had no part in it.
 *
 *     deno task experiment:choose --help
 *
 * @module
 */

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runTask } from "../src/cli/task.ts";
import { AbacusError } from "../src/errors.ts";
import type { Arm } from "./arms.ts";
import { stepCurve, valueWithin } from "./frontier.ts";
import { type Group, groupsOf, numbersOf, seedsOf } from "./groups.ts";
import { phases } from "./plan.ts";
import { collect, type Run } from "./results.ts";
import { meanOf } from "./series.ts";
import { Work, workFlag } from "./work.ts";

/** A method's setting, and what it was chosen by. */
export interface Choice extends Pick<Arm, "method" | "klCoefficient" | "flags"> {
  /** The mean over the seeds of {@linkcode valueWithin}. */
  readonly score: number;
  readonly seeds: readonly number[];
}

/** The phase whose runs are chosen from. */
const phase = "tuning";

/**
 * For each method the setting whose score within a budget of KL is best.
 *
 * @throws {AbacusError} `bad_usage` unless every run of `tuning` is finished: a choice from a part would favour
 * what comes first
 */
export function chooseSettings(runs: readonly Run[]): Choice[] {
  const groups = groupsOf(runs, phase);
  const { arms, seeds } = phases[phase];
  const done = groups.reduce((sum, group) => sum + seedsOf(group).length, 0);
  if (done < arms.length * seeds) {
    throw new AbacusError(
      "bad_usage",
      `Cannot choose as ${phase} must be finished: received ${done} of ${arms.length * seeds} runs`,
    );
  }
  return [...Map.groupBy(groups, ({ arm }) => arm.method).values()].map(bestOf);
}

function bestOf(groups: readonly Group[]): Choice {
  const choices = groups.map((group) => {
    const { method, klCoefficient, flags } = group.arm;
    const score = meanOf(numbersOf(group, (run) => valueWithin(stepCurve(run))));
    return { method, klCoefficient, flags, score, seeds: seedsOf(group) } as Choice;
  });
  return choices.toSorted((one, other) => other.score - one.score)[0]!;
}

const task = {
  name: "experiment:choose",
  summary: "writes the best setting of each method to experiment/choice.json",
  flags: { work: workFlag() },
} as const;

function choose(work: string): void {
  if (!existsSync(join(work, "judge.json"))) {
    throw new AbacusError("bad_usage", `Cannot choose as nothing has been run: received ${work}`);
  }
  const choices = chooseSettings(collect(new Work(work)).runs);
  const path = fileURLToPath(new URL("choice.json", import.meta.url));
  writeFileSync(path, `${JSON.stringify(choices, null, 2)}\n`);
}

if (import.meta.main) await runTask(task, ({ flags }) => choose(flags.work));
