/**
 * Flags of a benchmark: a record of schemas as that of the program's own settings, read from its words.
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { z } from "zod";
import { settingsHelp } from "../../src/cli/help.ts";
import { AbacusError, messageOf } from "../../src/errors.ts";
import { describeSetting } from "../../src/settings.ts";
import { help, integer, oneOf } from "../../src/settings_readers.ts";

/** Schemas from `settings_readers.ts` by camel-case name, each registered with its help. */
export type FlagSchemas = Readonly<Record<string, z.ZodType>>;

/** A benchmark, as its help presents it. */
export interface Task<Schemas extends FlagSchemas> {
  /** As in `bench:credit`. */
  readonly name: string;
  /** What it does, in a sentence. */
  readonly summary: string;
  readonly flags: Schemas;
}

/** The values of the flags. */
export type FlagValues<Schemas extends FlagSchemas> = {
  readonly [Name in keyof Schemas]: z.output<Schemas[Name]>;
};

/** What was asked of a benchmark. */
export interface Asked<Schemas extends FlagSchemas> {
  readonly flags: FlagValues<Schemas>;
  /** The words that are no flags. */
  readonly others: readonly string[];
}

/**
 * Runs a benchmark with the flags of this process, and ends the process then: threads of native libraries would hold
 * it. An error that Abacus knows is a line, without a stack.
 */
export async function runTask<const Schemas extends FlagSchemas>(
  task: Task<Schemas>,
  run: (asked: Asked<Schemas>) => Promise<number | void>,
): Promise<never> {
  const asked = taskFlags(task);
  try {
    Deno.exit(await run(asked) ?? 0);
  } catch (error) {
    return fail(task.name, error);
  }
}

/** The flags of this process. Ends it after `--help`, and where they are wrong. */
export function taskFlags<const Schemas extends FlagSchemas>(
  task: Task<Schemas>,
): Asked<Schemas> {
  if (Deno.args.some((word) => word === "--help" || word === "-h")) {
    write(Deno.stdout, taskHelp(task));
    Deno.exit(0);
  }
  try {
    return readFlags(task, Deno.args);
  } catch (error) {
    return fail(task.name, error);
  }
}

function fail(name: string, error: unknown): never {
  if (!(error instanceof AbacusError)) throw error;
  write(Deno.stderr, `${name}: ${error.message}`);
  Deno.exit(error.kind === "bad_usage" ? 64 : 1);
}

/**
 * Reads the flags.
 *
 * @throws {AbacusError} `bad_usage` that names the flag, what it must be and what was received
 */
export function readFlags<const Schemas extends FlagSchemas>(
  { name, flags }: Task<Schemas>,
  words: readonly string[],
): Asked<Schemas> {
  const { values, positionals } = parsed(name, flags, words);
  const read = Object.entries(flags).map(([key, schema]) => {
    const { flag } = describeSetting(key, schema);
    const text = values[flag.slice(2)];
    const result = schema.safeParse(text?.toString());
    if (result.success) return [key, result.data];
    const must = result.error.issues[0]?.message ?? "another value";
    throw badUsage(`Cannot use ${flag} as it must be ${must}: received '${text}'`);
  });
  // Each schema gave the value under its own name.
  return { flags: Object.fromEntries(read) as FlagValues<Schemas>, others: positionals };
}

function parsed(task: string, flags: FlagSchemas, words: readonly string[]) {
  const options = Object.entries(flags).map(([key, schema]) => {
    const { flag, toggle } = describeSetting(key, schema);
    return [flag.slice(2), { type: toggle ? "boolean" as const : "string" as const }];
  });
  try {
    const config = { args: [...words], options: Object.fromEntries(options) };
    const { values, positionals } = parseArgs({ ...config, allowPositionals: true });
    // None is given twice, so that none is a list.
    return { values: values as Readonly<Record<string, string | boolean>>, positionals };
  } catch (cause) {
    // What follows the first sentence is about words that begin with a dash.
    const why = messageOf(cause).split(". ")[0]!;
    const advice = `'deno task ${task} --help' lists them`;
    throw new AbacusError("bad_usage", `Cannot read the flags (${advice}): ${why}`, { cause });
  }
}

/** What `--help` prints. */
export function taskHelp({ name, summary, flags }: Task<FlagSchemas>): string {
  return [
    `deno task ${name}: ${summary}`,
    "",
    ...settingsHelp(Object.entries(flags).map(([key, schema]) => describeSetting(key, schema))),
  ].join("\n");
}

/** Rounds, whose median counts. */
export function roundsFlag(usual: number) {
  return integer(1, 10_000).default(usual).register(help, {
    value: "N",
    description: "times that everything is measured; the median counts",
  });
}

/** The one workload, by its letter, that is measured. */
export function onlyFlag(...letters: string[]) {
  return oneOf(...letters).optional().register(help, {
    value: "LETTER",
    description: `one workload alone: ${letters.join(", ")}`,
    unset: "all",
  });
}

/** Threads of the processor. */
export function threadsFlag() {
  return integer(1, 1024).default(navigator.hardwareConcurrency).register(help, {
    value: "N",
    description: "threads of the processor",
  });
}

function badUsage(message: string): AbacusError {
  return new AbacusError("bad_usage", message);
}

function write(stream: typeof Deno.stdout, line: string): void {
  stream.writeSync(new TextEncoder().encode(`${line}\n`));
}
