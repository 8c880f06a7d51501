/**
 * `deno task experiment`: trains the bundled policy against the bundled reward model with every credit method
 * and many seeds, and stores what is needed to compare them.
 *
 * @module
 */

import process from "node:process";
import { AbacusError } from "../src/errors.ts";
import { programOfTask } from "./child.ts";
import { runExperiment, showPlan } from "./experiment.ts";
import { stopAfter, stopOnSignals } from "./stop.ts";
import { help, readSpec } from "./spec.ts";

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** @returns the exit code */
async function main(words: readonly string[]): Promise<number> {
  try {
    const request = readSpec(words);
    if (request.action === "help") return note(help), 0;
    if (request.action === "plan") return showPlan(request.spec, note), 0;
    return await runExperiment(request.spec, {
      note,
      trainer: programOfTask("ppo"),
      server: programOfTask("serve"),
      stop: stopAfter(request.minutes, stopOnSignals()),
    });
  } catch (error) {
    if (!(error instanceof AbacusError)) throw error;
    note(`experiment: ${error.message}`);
    return 2;
  }
}

if (import.meta.main) process.exit(await main(process.argv.slice(2)));
