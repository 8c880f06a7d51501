/**
 * The directory of a run: made new, or found with a run in it that goes on.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { RunFiles, type RunRecord } from "../../ppo/run_files.ts";

/** Settings that a run may go on with though they are others than at its start. */
const changeable: ReadonlySet<string> = new Set(["steps"]);

/** Whether a run could only be at its start with these schedules: they reach over all steps. */
const reachesOverSteps = (record: RunRecord) => record.settings["schedule"] !== "constant";

/**
 * Opens the directory: with `fresh` as if nothing were in it.
 *
 * @throws {AbacusError} `bad_usage` where it holds a run of other settings, naming the first that
 * differs
 */
export async function openRunDirectory(
  directory: string,
  record: RunRecord,
  { fresh }: { fresh: boolean },
): Promise<RunFiles> {
  const found = new RunFiles(directory);
  if (!await isThere(found.paths.run)) return await RunFiles.create(directory, record);
  if (fresh) {
    await removeRun(found);
    return await RunFiles.create(directory, record);
  }
  const difference = firstDifference(await found.readRun(), record);
  if (difference === undefined) return found;
  throw new AbacusError(
    "bad_usage",
    `Cannot go on with the run in ${directory} as it has another ${difference.name} ` +
      `(--fresh starts over, --out takes another directory): received ${difference.now}, was ${difference.before}`,
  );
}

/** The first of the things a run is made of that is not as before. */
export function firstDifference(
  before: RunRecord,
  now: RunRecord,
): { name: string; before: string; now: string } | undefined {
  const pairs = [
    ...Object.keys({ ...before.settings, ...now.settings })
      .filter((name) => !changeable.has(name) || reachesOverSteps(now))
      .map((name) => [name, before.settings[name], now.settings[name]] as const),
    ...Object.keys({ ...before.models, ...now.models })
      .map((name) => [`${name} model`, before.models[name], now.models[name]] as const),
  ];
  const found = pairs.find(([, a, b]) => JSON.stringify(a) !== JSON.stringify(b));
  if (found === undefined) return undefined;
  const [name, a, b] = found;
  return { name, before: JSON.stringify(a) ?? "none", now: JSON.stringify(b) ?? "none" };
}

async function removeRun({ paths }: RunFiles): Promise<void> {
  for (const path of Object.values(paths)) {
    try {
      await Deno.remove(path, { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
