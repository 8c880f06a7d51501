/**
 * Samples and trains on a GPU and on the CPU, and prints the largest differences as JSON. A separate
 * program, as the driver must be set in the environment before the process starts.
 *
 *     deno run -A tests/ppo/gpu_probe.ts webgpu
 *
 * @module
 */

import type { Device } from "../../src/engine/devices.ts";
import { UPDATE_STATS } from "../../src/ppo/graphs/update_stats.ts";
import { type OpenPolicy, openPolicy, stream } from "./golden_policy.ts";
import { minibatchFrom, requests } from "./made_up_minibatch.ts";

await using gpu = await openPolicy("gpt2", { device: Deno.args[0] as Device });
await using cpu = await openPolicy("gpt2", { device: "cpu" });
const completions = await cpu.engine.sample(requests, stream(1));
const minibatch = minibatchFrom(
  completions,
  await cpu.engine.evaluate(completions, { whose: "policy" }),
);
const [there, here] = [await played(gpu), await played(cpu)];
const line = {
  device: gpu.runtime.device,
  sameTokens: String(there.tokens) === String(here.tokens),
  logProbs: gap(there.logProbs, here.logProbs),
  stats: gap(there.stats, here.stats),
  parameters: gap(there.parameters, here.parameters),
};
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(line) + "\n"));

/** Samples, and the results of one update, as plain numbers. */
async function played({ engine }: OpenPolicy) {
  const written = await engine.sample(requests, stream(1));
  const stats = await engine.update(minibatch, { count: 1 });
  return {
    tokens: written.map(({ ids }) => [...ids]),
    logProbs: written.flatMap(({ logProbs }) => [...logProbs]),
    stats: UPDATE_STATS.map((name) => stats[name]!),
    parameters: [...(await engine.state()).parameters],
  };
}

/** The largest difference, relative above 1. */
function gap(a: readonly number[], b: readonly number[]): number {
  return a.reduce((most, x, i) => {
    return Math.max(most, Math.abs(x - b[i]!) / Math.max(1, Math.abs(x)));
  }, a.length === b.length ? 0 : Infinity);
}
