/**
 * Lock: only one process at a time may train in a directory.
 *
 * @module
 */

import { join } from "node:path";
import { AbacusError, messageOf } from "../../errors.ts";
import { ifThere } from "../../files.ts";

/**
 * Locks a directory, which is created if missing, until the end of the block or of the process.
 *
 * @throws {AbacusError} `bad_usage` if another process has locked it, or it is not writable
 */
export async function lockDirectory(directory: string): Promise<Disposable> {
  const path = join(directory, "lock");
  const file = await openedForWriting(directory, path);
  if (!await isFree(file)) {
    file.close();
    throw new AbacusError(
      "bad_usage",
      `Cannot train as another process trains in this directory (--out chooses another one): ` +
        `received ${directory}`,
    );
  }
  if (!await isAt(path, file)) {
    file.close();
    return await lockDirectory(directory);
  }
  return {
    [Symbol.dispose]() {
      // Removed before it is unlocked: otherwise another process could lock it in between.
      removeIfThere(path);
      file.close();
    },
  };
}

/** Whether the locked file is still at its path: the previous owner may have removed it meanwhile. */
async function isAt(path: string, file: Deno.FsFile): Promise<boolean> {
  return (await ifThere(Deno.stat(path)))?.ino === (await file.stat()).ino;
}

/** The directory may have been removed during the run. */
function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function openedForWriting(directory: string, path: string): Promise<Deno.FsFile> {
  try {
    await Deno.mkdir(directory, { recursive: true });
    return await Deno.open(path, { write: true, create: true });
  } catch (cause) {
    throw new AbacusError(
      "bad_usage",
      `Cannot train as the directory of --out cannot be written to (${messageOf(cause)}): ` +
        `received ${directory}`,
      { cause },
    );
  }
}

/** Assumes so on file systems without locks. */
async function isFree(file: Deno.FsFile): Promise<boolean> {
  try {
    return await file.tryLock(true);
  } catch {
    return true;
  }
}
