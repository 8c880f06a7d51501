/**
 * The record that a pull writes to the directory: the origin and the list of the files.
 *
 * It says which version a directory holds, and lets the next pull remove files that a newer version
 * no longer has: an old model.safetensors beside the shards of a new one would be loaded instead.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { ifThere, replaceFile } from "../../files.ts";

/** The file's name. Its presence marks a completed pull. */
export const RECORD = "pulled.json";

const schema = z.object({
  hub: z.string(),
  id: z.string(),
  revision: z.string(),
  commit: z.string(),
  files: z.array(z.object({
    path: z.string().regex(/^[^./\\\0][^/\\\0]*$/),
    bytes: z.int().nonnegative(),
    algorithm: z.enum(["sha256", "git-sha1"]),
    digest: z.string(),
  })),
});

/** The origin of a directory's files. */
export type PullRecord = z.infer<typeof schema>;

/** The record of an earlier pull; undefined where there is none that can be read. */
export async function readRecord(directory: string): Promise<PullRecord | undefined> {
  const text = await ifThere(Deno.readTextFile(join(directory, RECORD)));
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    // Without the record some old files stay, and nothing else is lost.
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

/** Writes the record whole or not at all. */
export async function writeRecord(directory: string, record: PullRecord): Promise<void> {
  await replaceFile(join(directory, RECORD), `${JSON.stringify(record, null, 2)}\n`);
}
