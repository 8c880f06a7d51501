/**
 * `deno task experiment`: trains the bundled policy against the bundled reward model with every credit method
 * and many seeds, and stores what is needed to compare them.
 *
 * @module
 */

import process from "node:process";
import { runTask } from "../src/cli/task.ts";
import { programOfTask } from "./child.ts";
import { runExperiment, showPlan } from "./experiment.ts";
import { requestOf, task } from "./spec.ts";
import { stopAfter, stopOnSignals } from "./stop.ts";

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

if (import.meta.main) {
  await runTask(task, async ({ flags }) => {
    const { action, spec, minutes } = requestOf(flags);
    if (action === "plan") return showPlan(spec, note);
    return await runExperiment(spec, {
      note,
      trainer: programOfTask("ppo"),
      server: programOfTask("serve"),
      stop: stopAfter(minutes, stopOnSignals()),
    });
  });
}
