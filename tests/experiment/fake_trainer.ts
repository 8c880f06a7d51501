/**
 * Stands in for `deno task ppo`: writes the files of a run without training anything. Its scores say
 * which method, seed and step they are of. A word more makes it misbehave:
 *
 *     --fail-once     ends with code 1 after the first step, the first time
 *     --fail-always   the same, every time
 *     --fail-early=M  ends before it has done anything, where the method is M
 *     --wait          does one step, then waits to be stopped
 *     --garble=M      ends well, but leaves metrics that nobody can read, where the method is M
 *
 * @module
 */

import process from "node:process";
import { parseArgs } from "node:util";
import { RunFiles } from "../../src/ppo/run/run_files.ts";
import { fakeEvaluation, fakeStep } from "./fake_run.ts";

const { values } = parseArgs({
  args: Deno.args,
  strict: false,
  options: Object.fromEntries(
    ["credit", "seed", "steps", "out", "prompts", "eval-prompts", "server", "policy"].map((
      name,
    ) => [
      name,
      { type: "string" as const },
    ]),
  ),
});
const text = (name: string) => String(values[name]);
const steps = Number(text("steps"));
const method = text("credit");
const seed = Number(text("seed"));

if (values["fail-early"] === method) process.exit(1);
const files = new RunFiles(text("out"));
const resumed = await hasRun();
if (!resumed) {
  await RunFiles.create(text("out"), {
    settings: { credit: method, out: text("out"), server: text("server"), gamma: 1 },
    seed,
    models: { policy: "fake" },
    versions: { abacus: "0.0.0" },
  });
}
const prompts = (await Deno.readTextFile(text("prompts"))).trim().split("\n");
for (let step = (await files.readMetrics()).length + 1; step <= steps; step++) {
  await files.appendMetrics(fakeStep({ method, seed, step }));
  await files.appendSamples([{
    step,
    prompt: JSON.parse(prompts[0]!).prompt,
    completion: step === steps ? " a wonderful delight" : " a dull bore",
    score: 1,
    ended: true,
    tokens: ["a"],
    rewards: [1],
    kl: [0],
  }]);
  if (values["fail-always"] || (values["fail-once"] && !resumed)) process.exit(1);
  if (values["garble"] === method) {
    await Deno.writeTextFile(files.paths.metrics, "no JSON\n");
    process.exit(0);
  }
  if (values["wait"]) await untilStopped();
}

if (values["eval-prompts"] !== undefined) {
  await files.appendMetrics(fakeEvaluation(steps, { eval_score_mean: 1.5, eval_kl: 4 }));
}

async function hasRun(): Promise<boolean> {
  try {
    await files.readRun();
    return true;
  } catch {
    return false;
  }
}

function untilStopped(): Promise<never> {
  process.stderr.write("waiting\n");
  setInterval(() => {}, 1_000);
  process.on("SIGINT", () => process.exit(130));
  return new Promise(() => {});
}
