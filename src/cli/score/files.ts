/**
 * Opens the input and the output in the formats of their names.
 *
 * @module
 */

import { ifThere } from "../../files.ts";
import { type Carried, carriedFromJson, carriedFromParquet } from "./carried.ts";
import { jsonlSource, readObjects } from "./jsonl_source.ts";
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
  await requireApart(input.path, path);
  requireNewNames(input.survey, prefix);
  if (path.endsWith(".parquet")) return await parquetOutput(path, { input, prefix });
  if (!/\.(jsonl|ndjson)$/.test(path)) unknown("write", path, ".jsonl");
  if (input.parquet) await requireJson(input.path);
  return {
    path,
    journal: path,
    line: ({ row, gained }) =>
      row instanceof UnreadableRow ? JSON.stringify(gained) : row.line(gained),
    finish: () => Promise.resolve(),
  };
}

async function parquetOutput(
  path: string,
  { input, prefix }: { readonly input: Input; readonly prefix: string },
): Promise<Output> {
  const journal = `${path}.rows.jsonl`;
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

async function requireApart(input: string, output: string): Promise<void> {
  const existing = await ifThere(Deno.realPath(output));
  if (existing === undefined || existing !== await Deno.realPath(input)) return;
  throw cannotScore("input and output are the same file", output);
}

function unknown(verb: string, path: string, others: string): never {
  throw cannotScore(`a file to ${verb} must end in ${others} or .parquet`, path);
}
