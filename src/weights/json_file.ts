/**
 * Reads JSON from untrusted files: limited in size, strict in encoding, with errors that name the file.
 *
 * @module
 */

import { badModel, shown } from "./bad_model.ts";
import { duplicateKey, excessOf } from "./json_text.ts";

/** The limits of a file. */
export interface JsonLimits {
  readonly mostBytes: number;
  /** Whether duplicate keys are an error; other readers of some files ignore them. */
  readonly duplicateKeys: "refused" | "ignored";
}

/**
 * Reads a whole JSON file.
 *
 * @throws {AbacusError} `bad_model` where it is missing, no ordinary file, too large or broken
 */
export async function readJsonFile(path: string, limits: JsonLimits): Promise<unknown> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) {
      throw badModel(`Cannot read ${path} as it is not a file: received a directory or device`);
    }
    if (size > limits.mostBytes) {
      throw badModel(
        `Cannot read ${path} as it may have at most ${limits.mostBytes} bytes: received ${size}`,
      );
    }
    return parseJsonBytes(await Deno.readFile(path), { what: path, ...limits });
  } catch (cause) {
    throw unreadable(cause, { what: path, path });
  }
}

/** The error for a file that the operating system cannot open; other errors are returned as they are. */
export function unreadable(
  cause: unknown,
  { what, path }: { what: string; path: string },
): unknown {
  if (cause instanceof Deno.errors.NotFound) {
    return badModel(`Cannot read ${what} as there is no such file: received ${path}`, cause);
  }
  if (cause instanceof Deno.errors.PermissionDenied || cause instanceof Deno.errors.NotCapable) {
    return badModel(`Cannot read ${what} as it may not be read: received ${path}`, cause);
  }
  return cause;
}

/** Parses JSON. @param what names the text in errors, as in `the header of model.safetensors` */
export function parseJsonBytes(
  bytes: Uint8Array,
  { what, duplicateKeys }: { what: string } & Pick<JsonLimits, "duplicateKeys">,
): unknown {
  const text = decodeUtf8(bytes, what);
  const excess = excessOf(text);
  if (excess !== undefined) {
    throw badModel(`Cannot read ${what} as ${excess}: received ${text.length} characters`);
  }
  const value = parse(text, what);
  const repeated = duplicateKeys === "refused" ? duplicateKey(text) : undefined;
  if (repeated === undefined) return value;
  throw badModel(`Cannot read ${what} as it has a key twice: received ${shown(repeated)}`);
}

function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw badModel(`Cannot read ${what} as it is not UTF-8: received ${bytes.length} bytes`, cause);
  }
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badModel(`Cannot read ${what} as it is not JSON: received ${shown(text)}`, cause);
  }
}

/** Whether a JSON value is an object, and neither null nor a list. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
