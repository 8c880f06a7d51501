/**
 * Parquet output: assembled at the end of a run from the journal and the columns of the input. A Parquet
 * file cannot be appended to after a kill, but a journal can.
 *
 * @module
 */

import { fileWriter, ParquetWriter } from "hyparquet-writer";
import type { Carried } from "./carried.ts";
import { type Column, fileSchema, resultColumns } from "./parquet_schema.ts";
import type { Fields } from "./row.ts";

/** The rows of a row group. */
const groupRows = 8_192;

/** The content of an output. */
export interface ParquetContent {
  /** Reads the gained columns of each row, in order. */
  readonly results: () => AsyncIterable<Fields>;
  /** The columns of the input, in the order of `results`. */
  readonly carried: Carried;
  /** The prefix of the names of gained columns. */
  readonly prefix: string;
}

/** The names that gained columns can have in the output. */
export function gainedNames(prefix: string): string[] {
  return [...resultColumns.keys()].map((name) => `${prefix}${name}`);
}

/** Writes the file whole or not at all: it gets its name once every byte is on the disk. */
export async function writeParquet(path: string, content: ParquetContent): Promise<void> {
  const next = `${path}.new`;
  const { columns } = content.carried;
  const gained = await usedColumns(content);
  const added = gained.map((name) => resultColumn(name, content.prefix));
  const schemaOf = (own: readonly Column[]) => fileSchema([...own, ...added]);
  const writer = new ParquetWriter({
    writer: fileWriter(next),
    schema: schemaOf(columns.map(({ stored }) => stored)),
    createdBy: "abacus",
  });
  for await (const rows of groupsOf(content)) {
    const data = (name: string) => rows.map((row) => row[name] ?? null);
    const columnData = [
      // The order of stored values need not be that of what they mean.
      ...columns.map(({ name }) => ({ name, data: data(name), statistics: false })),
      ...gained.map((name) => ({ name, data: data(name) })),
    ];
    await writer.write({ columnData, rowGroupSize: groupRows });
  }
  writer.schema = schemaOf(columns.map(({ declared }) => declared));
  await writer.finish();
  await publish(next, path);
}

/** The gained columns of any row, in the order of the reply; the score where there are no rows. */
async function usedColumns({ results, prefix }: ParquetContent): Promise<string[]> {
  const used = new Set<string>();
  for await (const row of results()) for (const name of Object.keys(row)) used.add(name);
  const names = gainedNames(prefix).filter((name) => used.has(name));
  return names.length === 0 ? gainedNames(prefix).slice(0, 1) : names;
}

function resultColumn(name: string, prefix: string) {
  const column = resultColumns.get(name.slice(prefix.length));
  if (column === undefined) throw new TypeError(`Cannot write a column without a type: ${name}`);
  return column(name);
}

/** The rows of the input with their gained columns, a row group at a time. */
async function* groupsOf({ results, carried }: ParquetContent): AsyncGenerator<Fields[]> {
  const gained = results()[Symbol.asyncIterator]();
  let group: Fields[] = [];
  for await (const own of carried.rows()) {
    const { value, done } = await gained.next();
    if (done) throw new TypeError("Cannot assemble the output as results are missing");
    group.push({ ...own, ...value });
    if (group.length < groupRows) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

async function publish(next: string, path: string): Promise<void> {
  {
    using file = await Deno.open(next, { read: true, write: true });
    await file.sync();
  }
  await Deno.rename(next, path);
}
