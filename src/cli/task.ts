/**
 * Task: a command of the repository that is none of the program's, such as a benchmark or the experiment. Its flags
 * are a record of schemas like that of the program's settings.
 *
 * @module
 */

import type { z } from "zod";
import { AbacusError } from "../errors.ts";
import { describeSetting } from "../settings.ts";
import { type FlagSchemas, flagTexts, readText } from "./flags.ts";
import { settingsHelp } from "./help.ts";

/** A task, as its help presents it. */
export interface Task<Schemas extends FlagSchemas> {
  /** As in `bench:credit`. */
  readonly name: string;
  /** What it does, in a sentence. */
  readonly summary: string;
  readonly flags: Schemas;
  /** Whether it takes words that are no flags. @default false */
  readonly others?: boolean;
}

/** The values of the flags. */
export type FlagValues<Schemas extends FlagSchemas> = {
  readonly [Name in keyof Schemas]: z.output<Schemas[Name]>;
};

/** What was asked of a task. */
export interface Asked<Schemas extends FlagSchemas> {
  readonly flags: FlagValues<Schemas>;
  /** The words that are no flags. */
  readonly others: readonly string[];
}

/**
 * Runs a task with the flags of this process, and ends the process then: threads of native libraries would hold
 * it. An error that Abacus knows is a line, without a stack.
 */
export async function runTask<const Schemas extends FlagSchemas>(
  task: Task<Schemas>,
  run: (asked: Asked<Schemas>) => Promise<number | void> | number | void,
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
  task: Task<Schemas>,
  words: readonly string[],
): Asked<Schemas> {
  const command = `deno task ${task.name}`;
  const { texts, others } = flagTexts({ command, ...task, elsewhere: ["--help"] }, words);
  if (others.length > 0 && !task.others) {
    const message = `Cannot run ${command} as it takes flags alone: received '${others[0]}'`;
    throw new AbacusError("bad_usage", message);
  }
  const read = Object.entries(task.flags).map(([name, schema]) => {
    return [name, readText(schema, texts.get(name), describeSetting(name, schema).flag)];
  });
  // Each schema gave the value under its own name.
  return { flags: Object.fromEntries(read) as FlagValues<Schemas>, others };
}

/** What `--help` prints. */
export function taskHelp({ name, summary, flags }: Task<FlagSchemas>): string {
  return [
    `deno task ${name}: ${summary}`,
    "",
    ...settingsHelp(Object.entries(flags).map(([key, schema]) => describeSetting(key, schema))),
  ].join("\n");
}

function write(stream: typeof Deno.stdout, line: string): void {
  stream.writeSync(new TextEncoder().encode(`${line}\n`));
}
