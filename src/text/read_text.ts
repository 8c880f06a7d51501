/**
 * Reads a file of a model directory as text.
 *
 * @module
 */

import { AbacusError, messageOf } from "../errors.ts";

/**
 * A file's text, or undefined where there is no such file.
 *
 * @throws {AbacusError} `bad_model` where it is no text or too large
 */
export async function readText(path: string, limitBytes: number): Promise<string | undefined> {
  try {
    const { size } = await Deno.stat(path);
    if (size > limitBytes) {
      throw new AbacusError(
        "bad_model",
        `Cannot read ${path} as it may have at most ${limitBytes} bytes: received ${size}`,
      );
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(path));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    if (cause instanceof AbacusError) throw cause;
    throw new AbacusError(
      "bad_model",
      `Cannot read ${path} as text: received ${messageOf(cause)}`,
      { cause },
    );
  }
}
