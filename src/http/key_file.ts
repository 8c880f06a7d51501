/**
 * The file of keys: one `name: key` or `name key` a line, with lines of comment (`#`) between them. It is
 * read whole or refused by an error that names the line and never a key.
 *
 * @module
 */

import { AbacusError, messageOf } from "../errors.ts";
import type { NamedKey } from "./keys.ts";

/** The most bytes of a file, so that a wrong one is not read whole. */
const maxBytes = 1_000_000;

/** The most keys: metrics have a line for each, and each request is compared with all. */
const maxKeys = 1_000;

/** A name is a label of metrics and a word of the log; a key must fit into a header as it is. */
const line = /^([A-Za-z0-9][\w.-]{0,63})(?:[ \t]*:[ \t]*|[ \t]+)([\x21-\x7e]{1,1024})$/;

/**
 * Reads the keys of a file.
 *
 * @throws {AbacusError} `bad_usage` for a file that cannot be read, and as {@linkcode parseKeys}
 */
export async function readKeyFile(path: string): Promise<NamedKey[]> {
  const bytes = await readBounded(path).catch((cause) => {
    if (cause instanceof AbacusError) throw cause;
    throw badFile(messageOf(cause), path, cause);
  });
  return parseKeys(new TextDecoder().decode(bytes), path);
}

async function readBounded(path: string): Promise<Uint8Array> {
  const { size, isDirectory } = await Deno.stat(path);
  if (isDirectory) throw badFile("it is a directory", path);
  if (size > maxBytes) throw badFile(`it has more than ${maxBytes} bytes`, path);
  return await Deno.readFile(path);
}

/**
 * The keys that a text names.
 *
 * @throws {AbacusError} `bad_usage` for a line that is neither a key nor a comment, a name or a key that
 * stands twice, more than 1,000 keys, and none at all, which would lock everybody out
 */
export function parseKeys(text: string, path: string): NamedKey[] {
  const keys: NamedKey[] = [];
  const [names, taken] = [new Map<string, number>(), new Map<string, number>()];
  for (const [at, each] of text.replace(/^\ufeff/, "").split(/\r?\n/).entries()) {
    const words = each.trim();
    if (words === "" || words.startsWith("#")) continue;
    const where = `${path}, line ${at + 1}`;
    const [, name, key] = line.exec(words) ?? [];
    if (name === undefined || key === undefined) throw badLine(where);
    requireNew(names, name, { at, where, what: "name" });
    requireNew(taken, key, { at, where, what: "key" });
    if (keys.push({ name, key }) > maxKeys) throw badFile(`it has more than ${maxKeys} keys`, path);
  }
  if (keys.length === 0) throw badFile("it has no key", path);
  return keys;
}

/** Refuses what stands in an earlier line too, and says in which. */
function requireNew(
  seen: Map<string, number>,
  value: string,
  { at, where, what }: { at: number; where: string; what: string },
): void {
  const before = seen.get(value);
  if (before !== undefined) throw badFile(`its ${what} stands in line ${before + 1} too`, where);
  seen.set(value, at);
}

function badLine(where: string): AbacusError {
  const form = "a line is 'name: key' or 'name key', the name of at most 64 letters, digits and " +
    "._-, the key of printable ASCII without blanks";
  return badFile(form, where);
}

function badFile(reason: string, where: string, cause?: unknown): AbacusError {
  const message = `Cannot read the keys as ${reason}: received ${where}`;
  return new AbacusError("bad_usage", message, { cause });
}
