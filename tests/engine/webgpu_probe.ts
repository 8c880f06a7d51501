/**
 * Runs golden models on WebGPU and on the CPU and prints the largest differences as JSON. A program of its
 * own, for the Vulkan driver has to stand in the environment before the process starts.
 *
 *     deno run -A tests/engine/webgpu_probe.ts llama gpt2
 *
 * @module
 */

import type { Engine, Query, Verdict } from "../../src/engine/engine.ts";
import { everyPosition, openGolden, readGolden } from "../support/golden_model.ts";

for (const name of Deno.args) {
  const { sequences } = await readGolden(name);
  const queries = sequences.map(({ ids }) => everyPosition(ids));
  await using gpu = (await openGolden(name, { device: "webgpu", eager: true })).engine;
  await using cpu = (await openGolden(name)).engine;
  const [there, here] = [await verdicts(gpu, queries), await verdicts(cpu, queries)];
  const largest = (part: (verdict: Verdict) => Float32Array) =>
    Math.max(...there.map((verdict, i) => gap(part(verdict), part(here[i]!))));
  const line = {
    name,
    facts: gpu.facts,
    logits: largest(({ logits }) => logits),
    attention: largest(({ attention }) => attention ?? new Float32Array()),
  };
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(line) + "\n"));
}

async function verdicts(engine: Engine, queries: readonly Query[]): Promise<readonly Verdict[]> {
  return (await engine.run(queries)).verdicts;
}

function gap(a: Float32Array, b: Float32Array): number {
  return a.reduce(
    (most, x, i) => Math.max(most, Math.abs(x - b[i]!) / Math.max(1, Math.abs(x))),
    0,
  );
}
