/**
 * Opens the input and the output in the formats of their names.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { ifThere } from "../../files.ts";
import { carriedFromJson, carriedFromParquet } from "./carried.ts";
import { jsonlSource } from "./jsonl_source.ts";
import { gainedNames, writeParquet } from "./parquet_output.ts";
import { parquetSource } from "./parquet_source.ts";
import { cannotScore, type RowSource } from "./row.ts";
import type { ScoredRow } from "./run.ts";

/** An input. */
export interface Input {
  readonly path: string;
  readonly source: RowSource;
  readonly parquet: boolean;
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

/** @throws {AbacusError} `bad_usage` where the format of the name cannot be read */
export async function openInput(path: string): Promise<Input> {
  await requireFile(path);
  if (path.endsWith(".parquet")) return { path, parquet: true, source: parquetSource(path) };
  const [, gz] = /\.(?:jsonl|ndjson)(\.gz)?$/.exec(path) ??
    unknown("read", path, ".jsonl, .jsonl.gz");
  return { path, parquet: false, source: jsonlSource({ path, gzip: gz !== undefined }) };
}

/**
 * @throws {AbacusError} `bad_usage` where the format of the name cannot be written, or cannot hold the
 * columns of the input
 */
export async function openOutput(
  path: string,
  { input, prefix }: { readonly input: Input; readonly prefix: string },
): Promise<Output> {
  await requireApart(input.path, path);
  if (path.endsWith(".parquet")) return await parquetOutput(path, { input, prefix });
  if (!/\.(jsonl|ndjson)$/.test(path)) unknown("write", path, ".jsonl");
  return {
    path,
    journal: path,
    line: ({ row, gained }) =>
      JSON.stringify(row instanceof AbacusError ? gained : { ...row, ...gained }),
    finish: () => Promise.resolve(),
  };
}

/** Checks the columns of the input before the scoring starts. */
async function parquetOutput(
  path: string,
  { input, prefix }: { readonly input: Input; readonly prefix: string },
): Promise<Output> {
  const journal = `${path}.rows.jsonl`;
  if (input.parquet) await requireColumns(input.path, prefix);
  return {
    path,
    journal,
    line: ({ gained }) => JSON.stringify(gained),
    async finish() {
      const carried = input.parquet
        ? await carriedFromParquet(input.path)
        : await carriedFromJson(input.source);
      const results = jsonlSource({ path: journal, gzip: false });
      await writeParquet(path, { results, carried, prefix });
    },
  };
}

async function requireColumns(path: string, prefix: string): Promise<void> {
  const { columns } = await carriedFromParquet(path);
  const gained = gainedNames(prefix);
  const clash = columns.find(({ name }) => gained.includes(name));
  if (clash !== undefined) {
    throw cannotScore(
      "the input has a column of that name (--prefix renames the added columns)",
      clash.name,
    );
  }
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
