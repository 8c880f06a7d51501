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
import { jsonRow } from "./json_row.ts";
import { cannotScore, type Fields, type Row, type RowSource, UnreadableRow } from "./row.ts";

/** The longest line; a longer one becomes an error in the place of its row. */
const longestBytes = 64 * 2 ** 20;

/** A file of JSON Lines. */
export interface JsonlFile {
  readonly path: string;
  readonly gzip: boolean;
}

/** The most different columns of a file: more are the mark of keys that are data. */
const mostColumns = 65_536;

/** Rows of a JSON Lines file. */
export function jsonlSource(file: JsonlFile): RowSource {
  const source: RowSource = {
    async survey() {
      const columns = new Set<string>();
      let rows = 0;
      for await (const row of source.rows(0)) {
        rows++;
        if (row instanceof UnreadableRow) continue;
        for (const column of row.columns()) columns.add(column);
        requireFewColumns(columns.size, file.path);
      }
      return { rows, columns: [...columns] };
    },
    async *rows(skip) {
      let [number, count] = [0, 0];
      for await (const lines of readLines(file)) {
        for (const line of lines) {
          number++;
          if (holdsRow(line) && ++count > skip) yield parseRow(line, number);
        }
      }
    },
  };
  return source;
}

function requireFewColumns(count: number, path: string): void {
  if (count <= mostColumns) return;
  throw cannotScore(`the rows of a file may have at most ${mostColumns} different columns`, path);
}

/** The objects in a file of lines that this program has written. */
export async function* readObjects(path: string): AsyncGenerator<Fields> {
  for await (const lines of readLines({ path, gzip: false })) {
    for (const line of lines) {
      if (line !== overlong) yield JSON.parse(new TextDecoder().decode(line));
    }
  }
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

function parseRow(line: Line, number: number): Row | UnreadableRow {
  if (line === overlong) {
    const reason = `is longer than ${longestBytes} bytes`;
    return new UnreadableRow(reason, { received: "more", line: number });
  }
  const text = utf8(line);
  if (text !== undefined) return jsonRow(text, number);
  const received = Buffer.from(line).toString();
  return new UnreadableRow("is not UTF-8", { received, line: number });
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
