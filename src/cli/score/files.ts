/**
 * Opens the input and the output in the formats of their names.
 *
 * @module
 */

import { ifThere } from "../../files.ts";
import { type Carried, carriedFromJson, carriedFromParquet } from "./carried.ts";
import { jsonlSource, readObjects } from "./jsonl_source.ts";
import { statePath } from "./journal.ts";
import { gainedNames, writeParquet } from "./parquet_output.ts";
import { parquetSource, requireJson } from "./parquet_source.ts";
import { cannotScore, type RowSource, type Survey, UnreadableRow } from "./row.ts";
import type { ScoredRow } from "./run.ts";

/** An input. */
export interface Input {
  readonly path: string;
  readonly source: RowSource;
  readonly parquet: boolean;
  readonly survey: Survey;
}

/** An output. */
export interface Output {
  readonly path: string;
  /** The file of lines that the run appends to; the output itself for JSON Lines. */
  readonly journal: string;
  /** A scored row as a line of the journal. */
  line(row: ScoredRow): string;
  /** Makes the output from the complete journal. */
  finish(): Promise<void>;
}

/**
 * Opens an input and reads through it once.
 *
 * @throws {AbacusError} `bad_usage` where the format of the name cannot be read
 */
export async function openInput(path: string): Promise<Input> {
  await requireFile(path);
  const parquet = path.endsWith(".parquet");
  const source = parquet ? parquetSource(path) : jsonLines(path);
  return { path, parquet, source, survey: await source.survey() };
}

function jsonLines(path: string): RowSource {
  const [, gz] = /\.(?:jsonl|ndjson)(\.gz)?$/.exec(path) ??
    unknown("read", path, ".jsonl, .jsonl.gz");
  return jsonlSource({ path, gzip: gz !== undefined });
}

/**
 * @throws {AbacusError} `bad_usage` where the format of the name cannot be written, or cannot hold the
 * columns of the input with those that are added
 */
export async function openOutput(
  path: string,
  { input, prefix }: { readonly input: Input; readonly prefix: string },
): Promise<Output> {
  const parquet = path.endsWith(".parquet");
  if (!parquet && !/\.(jsonl|ndjson)$/.test(path)) unknown("write", path, ".jsonl");
  const journal = parquet ? `${path}.rows.jsonl` : path;
  await requireApart(input.path, { path, journal });
  requireNewNames(input.survey, prefix);
  if (parquet) return await parquetOutput({ path, journal }, { input, prefix });
  if (input.parquet) await requireJson(input.path);
  return {
    path,
    journal,
    line: ({ row, gained }) =>
      row instanceof UnreadableRow ? JSON.stringify(gained) : row.line(gained),
    finish: () => Promise.resolve(),
  };
}

async function parquetOutput(
  { path, journal }: Pick<Output, "path" | "journal">,
  { input, prefix }: { readonly input: Input; readonly prefix: string },
): Promise<Output> {
  const carried: Carried = input.parquet
    ? await carriedFromParquet(input.path)
    : await carriedFromJson(input.source);
  return {
    path,
    journal,
    line: ({ gained }) => JSON.stringify(gained),
    finish: () => writeParquet(path, { results: () => readObjects(journal), carried, prefix }),
  };
}

/** Columns that are added for a row never take the place of its own. */
function requireNewNames({ columns }: Survey, prefix: string): void {
  const gained = new Set(gainedNames(prefix));
  const clash = columns.find((name) => gained.has(name));
  if (clash === undefined) return;
  throw cannotScore(
    "the input has a column of a name that may be added (--prefix renames the added columns)",
    clash,
  );
}

async function requireFile(path: string): Promise<void> {
  const file = await ifThere(Deno.stat(path));
  if (file === undefined) throw cannotScore("there is no such input", path);
  if (file.isFile) return;
  throw cannotScore("the input must be a file, which can be read again when a run resumes", path);
}

/** Refuses an output of which any file that a run writes is the input, by whatever name. */
async function requireApart(
  input: string,
  { path, journal }: Pick<Output, "path" | "journal">,
): Promise<void> {
  const state = statePath(journal);
  const written = new Set([path, journal, state, ...[path, state].map((file) => `${file}.new`)]);
  for (const file of written) {
    if (!await isSameFile(input, file)) continue;
    if (file === path) throw cannotScore("input and output are the same file", path);
    throw cannotScore("the input is a file that is written beside the output", file);
  }
}

/** By their places on the disk, which links share; by their paths where the system tells no places. */
async function isSameFile(existing: string, path: string): Promise<boolean> {
  const other = await ifThere(Deno.stat(path));
  if (other === undefined) return false;
  const { dev, ino } = await Deno.stat(existing);
  if (ino !== null && dev === other.dev && ino === other.ino) return true;
  return await Deno.realPath(existing) === await Deno.realPath(path);
}

/**
 * @throws {AbacusError} `bad_usage` where the input has fewer rows than at first: an output without the
 * others would look whole
 */
export function requireAllRows(rows: number, { path, survey }: Input): void {
  if (rows >= survey.rows) return;
  const found = `${rows} of ${survey.rows} rows in ${path}`;
  throw cannotScore("the input lost rows while it was scored", found);
}

function unknown(verb: string, path: string, others: string): never {
  throw cannotScore(`a file to ${verb} must end in ${others} or .parquet`, path);
}
