/**
 * Files that may be missing, and files that are written whole or not at all.
 *
 * @module
 */

/** The result of an operation on a file, or undefined where there is no such file. */
export async function ifThere<Result>(operation: Promise<Result>): Promise<Result | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Replaces a file: a reader sees the old text or the new one, also after a power cut. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const next = `${path}.new`;
  {
    using file = await Deno.open(next, { write: true, create: true, truncate: true });
    await writeAll(file, new TextEncoder().encode(text));
    await file.syncData();
  }
  await Deno.rename(next, path);
}

/** Reads until `bytes` is full or the file ends. @returns how many bytes were read */
export async function readInto(
  file: Pick<Deno.FsFile, "read">,
  bytes: Uint8Array,
): Promise<number> {
  let filled = 0;
  while (filled < bytes.length) {
    const count = await file.read(bytes.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return filled;
}

/** Writes all of `bytes`, of which one call of the system may take only some. */
export async function writeAll(file: Pick<Deno.FsFile, "write">, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

/** A number of bytes as in `6.6 MB`, in powers of 1,000. */
export function formatBytes(count: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let [size, unit] = [count, 0];
  for (; size >= 1_000 && unit < units.length - 1; unit++) size /= 1_000;
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}
