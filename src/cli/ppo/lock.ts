/**
 * Lock: one process at a time trains in a directory, for two would mix up their lines.
 *
 * @module
 */

import { join } from "node:path";
import { AbacusError, messageOf } from "../../errors.ts";
import { ifThere } from "../../files.ts";

/**
 * Makes the directory where it is not there, and takes it for this process, until the end of the block
 * or of the process, however that ends.
 *
 * @throws {AbacusError} `bad_usage` where another process has it, or where it cannot be written to
 */
export async function lockDirectory(directory: string): Promise<Disposable> {
  const path = join(directory, "lock");
  const file = await openedForWriting(directory, path);
  if (!await isFree(file)) {
    file.close();
    throw new AbacusError(
      "bad_usage",
      `Cannot train as another process does so in this directory (--out takes another one): ` +
        `received ${directory}`,
    );
  }
  if (!await isAt(path, file)) {
    file.close();
    return await lockDirectory(directory);
  }
  return {
    [Symbol.dispose]() {
      // Removed first: a lock that is given up while its file is there could be taken and then removed.
      removeIfThere(path);
      file.close();
    },
  };
}

/** Whoever had the lock before may have removed the file after it was opened here: nobody sees it then. */
async function isAt(path: string, file: Deno.FsFile): Promise<boolean> {
  return (await ifThere(Deno.stat(path)))?.ino === (await file.stat()).ino;
}

/** The directory may have been cleared away while the run went on. */
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

/** A file system that has no locks cannot say that somebody else holds one. */
async function isFree(file: Deno.FsFile): Promise<boolean> {
  try {
    return await file.tryLock(true);
  } catch {
    return true;
  }
}
