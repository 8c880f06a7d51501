/**
 * Reads the rows of JSON Lines: one JSON object per line, without blank lines, optionally gzipped.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { AbacusError, messageOf } from "../../errors.ts";
import { type Line, linesOf, overlong } from "./lines.ts";
import { isFields, type Row, type RowSource } from "./row.ts";

/** The longest line; a longer one becomes an error in the place of its row. */
const longestBytes = 64 * 2 ** 20;

/** A file of JSON Lines. */
export interface JsonlFile {
  readonly path: string;
  readonly gzip: boolean;
}

/** Rows of a JSON Lines file. */
export function jsonlSource(file: JsonlFile): RowSource {
  return {
    async count() {
      let count = 0;
      for await (const lines of readLines(file)) count += lines.filter(holdsRow).length;
      return count;
    },
    async *rows(skip) {
      let number = 0;
      for await (const lines of readLines(file)) {
        for (const line of lines) {
          if (holdsRow(line) && ++number > skip) yield parseRow(line);
        }
      }
    },
  };
}

async function* readLines({ path, gzip }: JsonlFile): AsyncGenerator<Line[]> {
  const bytes = createReadStream(path, { highWaterMark: 2 ** 18 });
  const stream: Readable = gzip ? bytes.pipe(createGunzip()) : bytes;
  // A pipe does not forward errors.
  bytes.on("error", (error) => stream.destroy(error));
  try {
    yield* linesOf(stream, { longestBytes });
  } catch (cause) {
    throw new AbacusError(
      "bad_usage",
      `Cannot read rows as ${messageOf(cause)}: received ${path}`,
      { cause },
    );
  } finally {
    bytes.destroy();
  }
}

/** Whether a line is not blank. */
function holdsRow(line: Line): boolean {
  return line === overlong || line.some((byte) => byte > 0x20);
}

function parseRow(line: Line): Row {
  if (line === overlong) return unreadable(`its line is longer than ${longestBytes} bytes`, "");
  const text = utf8(line);
  if (text === undefined) return unreadable("its line is not UTF-8", Buffer.from(line).toString());
  try {
    const row: unknown = JSON.parse(text);
    return isFields(row) ? row : unreadable("its line is not a JSON object", text);
  } catch {
    return unreadable("its line is not JSON", text);
  }
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function unreadable(reason: string, text: string): AbacusError {
  const received = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return new AbacusError(
    "invalid_request",
    `Cannot read the row as ${reason}: received ${received}`,
  );
}
