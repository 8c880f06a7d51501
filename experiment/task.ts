/**
 * Task: what the commands of the experiment have in common: their flags, their help and how they fail.
 *
 * @module
 */

import process from "node:process";
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { AbacusError, messageOf } from "../src/errors.ts";

/**
 * The values of flags.
 *
 * @throws {AbacusError} `bad_usage` for a flag that there is not, or one without its value
 */
export function readFlags<const Options extends ParseArgsOptionsConfig>(
  words: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: [...words], options }).values;
  } catch (cause) {
    throw new AbacusError("bad_usage", `Cannot read the arguments as ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** Runs a command, or prints its help, and ends the process. */
export async function runTask(
  help: string,
  run: (words: readonly string[]) => number | Promise<number>,
): Promise<never> {
  const words = process.argv.slice(2);
  if (words.includes("--help")) {
    process.stdout.write(`${help}\n`);
    process.exit(0);
  }
  try {
    process.exit(await run(words));
  } catch (error) {
    if (!(error instanceof AbacusError)) throw error;
    note(`experiment: ${error.message}`);
    process.exit(2);
  }
}

/** A line about the work, on standard error. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
