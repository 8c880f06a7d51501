/**
 * `deno task experiment`: trains the bundled policy against the bundled reward model with every credit method
 * and many seeds, and stores what is needed to compare them.
 *
 * @module
 */

import { programOfTask } from "./child.ts";
import { runExperiment, showPlan } from "./experiment.ts";
import { help, readSpec } from "./spec.ts";
import { stopAfter, stopOnSignals } from "./stop.ts";
import { note, runTask } from "./task.ts";

/** @returns the exit code */
async function main(words: readonly string[]): Promise<number> {
  const { action, spec, minutes } = readSpec(words);
  if (action === "plan") return showPlan(spec, note), 0;
  return await runExperiment(spec, {
    note,
    trainer: programOfTask("ppo"),
    server: programOfTask("serve"),
    stop: stopAfter(minutes, stopOnSignals()),
  });
}

if (import.meta.main) await runTask(help, main);
