/**
 * Moves the files of a pull to their places, once all of them have arrived.
 *
 * Until then an older version in the directory stays complete. Then config.json (of an adapter
 * adapter_config.json), without which a directory is no model, is moved away, every other file is renamed, and config.json comes last. A
 * process killed at any point leaves the old model, the new one, or none that loads: never a mixture.
 *
 * @module
 */

import { join } from "node:path";
import { ifThere } from "../../files.ts";
import { partName } from "./part_file.ts";
import { type PullRecord, readRecord, writeRecord } from "./pull_record.ts";
import type { HubFile } from "./repository.ts";

/** What makes a directory a model, or an adapter; an adapter's goes before a config.json beside it. */
const configs = ["adapter_config.json", "config.json"];

/** What a directory will hold. */
export interface Installation {
  readonly directory: string;
  /** All files of the model, also those that are in their places already. */
  readonly files: readonly HubFile[];
  /** Where the files come from. */
  readonly origin: Omit<PullRecord, "files">;
}

/** Renames the parts, removes the files of earlier pulls, and writes the record. */
export async function install({ directory, files, origin }: Installation): Promise<void> {
  const earlier = await readRecord(directory);
  await setAside(directory, files);
  const names = new Set(files.map(({ path }) => path));
  for (const { path } of earlier?.files ?? []) {
    if (!names.has(path)) await ifThere(Deno.remove(join(directory, path)));
  }
  const config = configOf(files)?.path;
  const place = (file: HubFile) =>
    ifThere(Deno.rename(join(directory, partName(file)), join(directory, file.path)));
  for (const file of files) if (file.path !== config) await place(file);
  await writeRecord(directory, { ...origin, files: files.map(recordOf) });
  for (const file of files) if (file.path === config) await place(file);
  await removeParts(directory);
}

function recordOf({ path, bytes, digest }: HubFile): PullRecord["files"][number] {
  return { path, bytes, algorithm: digest.algorithm, digest: digest.hex };
}

function configOf(files: readonly HubFile[]): HubFile | undefined {
  return configs.flatMap((name) => files.find(({ path }) => path === name) ?? [])[0];
}

/** Renames that file to its part, or removes it where there is a new part. */
async function setAside(directory: string, files: readonly HubFile[]): Promise<void> {
  const config = configOf(files);
  if (config === undefined) return;
  const [place, part] = [join(directory, config.path), join(directory, partName(config))];
  const renewed = await ifThere(Deno.stat(part)) !== undefined;
  if (renewed) await ifThere(Deno.remove(place));
  else await ifThere(Deno.rename(place, part));
}

/** Removes the parts of other versions. */
async function removeParts(directory: string): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(directory)) {
    if (isFile && /\.[0-9a-f]{16}\.part$/.test(name)) {
      await ifThere(Deno.remove(join(directory, name)));
    }
  }
}
