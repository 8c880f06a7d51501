/**
 * The directory of a run: creates it, or resumes the run that it has.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { ifThere } from "../../files.ts";
import { RunFiles, type RunRecord } from "../../ppo/run/run_files.ts";
import { helpOf, type SettingName, settingsSchema } from "../../settings.ts";
import { contents, notAlwaysKnown } from "./run_record.ts";

/** Settings that may change when a run is resumed. */
const changeable: ReadonlySet<string> = new Set(["steps"]);

/** A schedule that decays to 0 at the last step depends on the number of steps. */
const dependsOnSteps = (record: RunRecord) => record.settings["schedule"] !== "constant";

/**
 * Opens the directory of a run. A run without a finished step is replaced, and with `fresh` any run.
 *
 * @throws {AbacusError} `bad_usage` if it has a run with other settings, naming the first that differs, or
 * steps without a run.json
 */
export async function openRunDirectory(
  directory: string,
  record: RunRecord,
  { fresh }: { fresh: boolean },
): Promise<RunFiles> {
  const found = new RunFiles(directory);
  if (await ifThere(Deno.stat(found.paths.run)) === undefined) {
    // Not even with `fresh`: the files may not belong to a run.
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

/** A flag or a model that differs. */
export interface Difference {
  readonly name: string;
  /** As JSON; "none" if absent. */
  readonly before: string;
  readonly now: string;
}

/** The first difference between two records; undefined if the run can be resumed. */
export function firstDifference(before: RunRecord, now: RunRecord): Difference | undefined {
  const pairs = [
    ...Object.keys({ ...before.settings, ...now.settings })
      .filter((name) => !changeable.has(name) || dependsOnSteps(now))
      .filter((name) => !notAlwaysKnown.has(name) || bothKnow(name, before, now))
      .map((name) => [flagOf(name), valueIn(before, name), valueIn(now, name)] as const),
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

/** What versions did that did not know or record a flag, where its default is something else. */
const formerly: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["dtype", "float32"], // what auto is for a server of the trainer's own
  ["send", "text"],
  ["sendEndOfText", false],
]);

/** A flag that a record lacks had its default, as the version that wrote it did not know the flag. */
function valueIn({ settings }: RunRecord, name: string): unknown {
  if (settings[name] === undefined && formerly.has(name)) return formerly.get(name);
  if (settings[name] !== undefined || !Object.hasOwn(settingsSchema.shape, name)) {
    return settings[name];
  }
  return settingsSchema.shape[name as SettingName].safeParse(undefined).data;
}

/** Settings of other versions may have no flag. */
function flagOf(name: string): string {
  const content = contents.get(name);
  if (content !== undefined) return content;
  return Object.hasOwn(settingsSchema.shape, name) ? helpOf(name as SettingName).flag : name;
}

function other(directory: string, { name, before, now }: Difference): AbacusError {
  return new AbacusError(
    "bad_usage",
    `Cannot resume the run in ${directory} as ${name} was ${before} when it started ` +
      `(--fresh starts over, --out chooses another directory): received ${now}`,
  );
}

function nameless(directory: string): AbacusError {
  return new AbacusError(
    "bad_usage",
    "Cannot start a run as the directory has steps of a run without its run.json " +
      `(--out chooses another directory): received ${directory}`,
  );
}

/** The checkpoint folder may have been removed by hand. */
async function asRecorded(files: RunFiles): Promise<RunFiles> {
  await Deno.mkdir(files.paths.checkpoints, { recursive: true });
  return files;
}

/** Whether the run has a finished step. */
async function hasBegun(files: RunFiles): Promise<boolean> {
  if ((await files.readMetrics()).length > 0) return true;
  if (await ifThere(Deno.stat(files.paths.checkpoints)) === undefined) return false;
  const names = await Array.fromAsync(Deno.readDir(files.paths.checkpoints), ({ name }) => name);
  return names.some((name) => /[1-9]/.test(name));
}

/** Removes run.json last, so that a killed process never leaves files that seem to belong to a new run. */
async function removeRun({ paths: { run, ...others } }: RunFiles): Promise<void> {
  for (const path of [...Object.values(others), run]) {
    await ifThere(Deno.remove(path, { recursive: true }));
  }
}
