/**
 * Files: what the names of input and output say about how to read and write them.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { ifThere } from "../../files.ts";
import { carriedFromJson, carriedFromParquet } from "./carried.ts";
import { jsonlSource } from "./jsonl_source.ts";
import { gainedNames, writeParquet } from "./parquet_output.ts";
import { parquetSource } from "./parquet_source.ts";
import type { RowSource } from "./row.ts";
import type { ScoredRow } from "./run.ts";

/** The rows of an input, and how its columns get into a Parquet output. */
export interface Input {
  readonly path: string;
  readonly source: RowSource;
  readonly parquet: boolean;
}

/** Where results go. */
export interface Output {
  readonly path: string;
  /** The file of lines that is written on the way; the output itself for JSON Lines. */
  readonly journal: string;
  /** A row and what it gained, as a line of the journal. */
  line(row: ScoredRow): string;
  /** Makes the output of a journal that is complete. */
  finish(): Promise<void>;
}

/** @throws {AbacusError} `bad_usage` where the name is of no format that can be read */
export async function openInput(path: string): Promise<Input> {
  await requireFile(path);
  if (path.endsWith(".parquet")) return { path, parquet: true, source: parquetSource(path) };
  const [, gz] = /\.(?:jsonl|ndjson)(\.gz)?$/.exec(path) ??
    unknown("read", path, ".jsonl, .jsonl.gz");
  return { path, parquet: false, source: jsonlSource({ path, gzip: gz !== undefined }) };
}

/**
 * @throws {AbacusError} `bad_usage` where the name is of no format that can be written, or the input's
 * columns would not fit into it
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

/** Faults of the input's columns are reported now, not after an hour of scoring. */
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
    throw badUsage(
      "the input has a column of that name (--prefix renames what is added)",
      clash.name,
    );
  }
}

async function requireFile(path: string): Promise<void> {
  const file = await ifThere(Deno.stat(path));
  if (file === undefined) throw badUsage("there is no such input", path);
  if (file.isFile) return;
  throw badUsage("the input must be a file, which can be read again when a run resumes", path);
}

async function requireApart(input: string, output: string): Promise<void> {
  const existing = await ifThere(Deno.realPath(output));
  if (existing === undefined || existing !== await Deno.realPath(input)) return;
  throw badUsage("input and output are the same file", output);
}

function unknown(verb: string, path: string, others: string): never {
  throw badUsage(`a file to ${verb} must end in ${others} or .parquet`, path);
}

function badUsage(reason: string, received: string): AbacusError {
  return new AbacusError("bad_usage", `Cannot score as ${reason}: received ${received}`);
}
