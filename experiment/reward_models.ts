/**
 * Reward models: which of them scores a run, and the digest that says which weights those were.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AbacusError } from "../src/errors.ts";
import type { Arm, OtherRewardModel } from "./arms.ts";
import { firstEdition } from "./first_edition.ts";
import type { PhaseName } from "./plan.ts";
import type { Summary } from "./work.ts";

/** Directories of reward models. */
export interface RewardModels {
  /** Scores the runs of all phases but one. */
  readonly rewardModel: string;
  readonly otherRewardModels: Readonly<Record<OtherRewardModel, string>>;
}

/** Where `models/recipe` writes those that are not bundled. */
export const madeRewardModels: RewardModels["otherRewardModels"] = {
  small: "models/movie-reward-small",
  pairs: "models/movie-reward-pairs",
};

/** The weights of `models/movie-reward` in the first edition, whose runs do not state any. */
export const firstWeights = "1f7dc62dc6f46e3fb198bd7121d5a101006dc4ba8968010f1468926c9082761d";

/** The directory of the model that scores an arm's completions. */
export function rewardModelOf(
  { rewardModel }: Pick<Arm, "rewardModel">,
  models: RewardModels,
): string {
  return rewardModel === undefined ? models.rewardModel : models.otherRewardModels[rewardModel];
}

/** The SHA-256 of a directory's weights; undefined if it has none in one file. */
export function weightsOf(directory: string): string | undefined {
  const path = join(directory, "model.safetensors");
  if (!existsSync(path)) return undefined;
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** The weights that scored a finished run. */
export function weightsOfRun({ rewardWeights = firstWeights }: Pick<Summary, "rewardWeights">) {
  return rewardWeights;
}

/**
 * Whether a published run was scored by the weights that a run would be scored by now, or is of the first
 * edition, which is finished.
 */
export function isOfWeights(models: RewardModels): (summary: Summary) => boolean {
  const known = new Map<string, string | undefined>();
  const current = (directory: string) => {
    if (!known.has(directory)) known.set(directory, weightsOf(directory));
    return known.get(directory);
  };
  return (summary) =>
    summary.phase in firstEdition ||
    weightsOfRun(summary) === current(rewardModelOf(summary, models));
}

/** @throws {AbacusError} `bad_usage` naming an arm's model that has not been made */
export function expectRewardModels(
  arms: readonly Pick<Arm, "rewardModel">[],
  models: RewardModels,
): void {
  for (const arm of arms.filter(({ rewardModel }) => rewardModel !== undefined)) {
    const directory = rewardModelOf(arm, models);
    if (existsSync(directory)) continue;
    throw new AbacusError(
      "bad_usage",
      `Cannot score these runs as their reward model must be made first (models/recipe/README.md tells how): received ${directory}`,
    );
  }
}

/**
 * The first edition stays what it was: nothing is added to its published runs by other weights.
 *
 * @throws {AbacusError} `bad_usage` naming the phase and both digests
 */
export function expectWeights(
  weights: string | undefined,
  phases: readonly PhaseName[],
  published: readonly Summary[],
): void {
  const other = published.find((summary) =>
    phases.includes(summary.phase) && summary.phase in firstEdition &&
    weightsOfRun(summary) !== weights
  );
  if (other === undefined) return;
  throw new AbacusError(
    "bad_usage",
    `Cannot add to phase ${other.phase} as its published runs are of the weights ${
      weightsOfRun(other)
    }: received ${weights}; --published names another folder`,
  );
}
