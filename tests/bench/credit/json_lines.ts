/**
 * JSON lines of a file of the user's, each checked.
 *
 * @module
 */

import type { z } from "zod";
import { AbacusError, messageOf } from "../../../src/errors.ts";

/**
 * The values of a file's lines; blank ones are passed over.
 *
 * @throws {AbacusError} `bad_usage` naming the file, or the line that is not as the schema has it
 */
export async function readJsonLines<Value>(
  path: string,
  schema: z.ZodType<Value>,
): Promise<Value[]> {
  return (await textOf(path)).split("\n").flatMap((line, at) =>
    line.trim() === "" ? [] : [checked(line, schema, `${path}:${at + 1}`)]
  );
}

function checked<Value>(line: string, schema: z.ZodType<Value>, place: string): Value {
  const read = schema.safeParse(parsed(line, place));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const where = issue!.path.length === 0 ? "" : `${issue!.path.join(".")}: `;
  throw unreadable(place, `${where}${issue!.message}`, line);
}

async function textOf(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    throw new AbacusError("bad_usage", `Cannot read ${path}: ${messageOf(cause)}`, { cause });
  }
}

function parsed(line: string, place: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw unreadable(place, "it is no JSON", line);
  }
}

function unreadable(place: string, why: string, line: string): AbacusError {
  const received = line.length > 80 ? `${line.slice(0, 80)}…` : line;
  return new AbacusError("bad_usage", `Cannot read ${place} as ${why}: received ${received}`);
}
