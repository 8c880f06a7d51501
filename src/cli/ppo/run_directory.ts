/**
 * The directory of a run: made new, or found with a run in it that goes on.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { ifThere } from "../../files.ts";
import { RunFiles, type RunRecord } from "../../ppo/run/run_files.ts";
import { helpOf, type SettingName, settingsSchema } from "../../settings.ts";
import { contents, notAlwaysKnown } from "./run_record.ts";

/** Settings that a run may go on with though they are others than at its start. */
const changeable: ReadonlySet<string> = new Set(["steps"]);

/** A schedule that falls to 0 with the last step cannot have its steps changed on the way. */
const reachesOverSteps = (record: RunRecord) => record.settings["schedule"] !== "constant";

/**
 * Opens the directory: with `fresh` as if nothing were in it, and so too where nothing was done there
 * yet.
 *
 * @throws {AbacusError} `bad_usage` where it holds a run of other settings, naming the first that
 * differs, or steps of which nobody knows the settings
 */
export async function openRunDirectory(
  directory: string,
  record: RunRecord,
  { fresh }: { fresh: boolean },
): Promise<RunFiles> {
  const found = new RunFiles(directory);
  if (await ifThere(Deno.stat(found.paths.run)) === undefined) {
    // Nor are they dropped for `fresh`: they may be somebody else's.
    if (await hasBegun(found)) throw nameless(directory);
    return await RunFiles.create(directory, record);
  }
  if (!fresh) {
    const difference = firstDifference(await found.readRun(), record);
    if (difference === undefined) return await asRecorded(found);
    if (await hasBegun(found)) throw other(directory, difference);
  }
  await removeRun(found);
  return await RunFiles.create(directory, record);
}

/** What is not as before: a flag, or the name of a model. */
export interface Difference {
  readonly name: string;
  /** As JSON; "none" for what was not there. */
  readonly before: string;
  readonly now: string;
}

/** The first of the things a run is made of that is not as before; undefined where it may go on. */
export function firstDifference(before: RunRecord, now: RunRecord): Difference | undefined {
  const pairs = [
    ...Object.keys({ ...before.settings, ...now.settings })
      .filter((name) => !changeable.has(name) || reachesOverSteps(now))
      .filter((name) => !notAlwaysKnown.has(name) || bothKnow(name, before, now))
      .map((name) => [flagOf(name), before.settings[name], now.settings[name]] as const),
    ...Object.keys({ ...before.models, ...now.models })
      .map((name) => [`the ${name} model`, before.models[name], now.models[name]] as const),
  ];
  const found = pairs.find(([, a, b]) => JSON.stringify(a) !== JSON.stringify(b));
  if (found === undefined) return undefined;
  const [name, a, b] = found;
  const shown = (value: unknown) => value == null ? "none" : JSON.stringify(value);
  return { name, before: shown(a), now: shown(b) };
}

function bothKnow(name: string, { settings: before }: RunRecord, { settings: now }: RunRecord) {
  return before[name] !== undefined && now[name] !== undefined;
}

/** A setting of another version may have no flag any more. */
function flagOf(name: string): string {
  const content = contents.get(name);
  if (content !== undefined) return content;
  return Object.hasOwn(settingsSchema.shape, name) ? helpOf(name as SettingName).flag : name;
}

function other(directory: string, { name, before, now }: Difference): AbacusError {
  return new AbacusError(
    "bad_usage",
    `Cannot go on with the run in ${directory} as ${name} was ${before} when it began ` +
      `(--fresh starts over, --out takes another directory): received ${now}`,
  );
}

function nameless(directory: string): AbacusError {
  return new AbacusError(
    "bad_usage",
    "Cannot begin a run as the directory holds steps of one whose run.json is gone " +
      `(--out takes another directory): received ${directory}`,
  );
}

/** The folder of checkpoints may have been cleared away by hand. */
async function asRecorded(files: RunFiles): Promise<RunFiles> {
  await Deno.mkdir(files.paths.checkpoints, { recursive: true });
  return files;
}

/** Whether there is a step that would be lost. */
async function hasBegun(files: RunFiles): Promise<boolean> {
  if ((await files.readMetrics()).length > 0) return true;
  if (await ifThere(Deno.stat(files.paths.checkpoints)) === undefined) return false;
  const names = await Array.fromAsync(Deno.readDir(files.paths.checkpoints), ({ name }) => name);
  return names.some((name) => /[1-9]/.test(name));
}

/** run.json goes last: without it, what a killed process left would pass for the new run's. */
async function removeRun({ paths: { run, ...others } }: RunFiles): Promise<void> {
  for (const path of [...Object.values(others), run]) {
    await ifThere(Deno.remove(path, { recursive: true }));
  }
}
