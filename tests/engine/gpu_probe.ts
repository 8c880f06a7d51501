/**
 * Runs golden models on a GPU and on the CPU and prints the largest differences as JSON. A program of its
 * own, for a driver has to stand in the environment before the process starts.
 *
 *     deno run -A tests/engine/gpu_probe.ts webgpu llama gpt2
 *
 * @module
 */

import type { Device } from "../../src/engine/devices.ts";
import { measurementNames } from "../../src/engine/measurements/registry.ts";
import type { Engine, Query, SequenceOutput } from "../../src/engine/engine.ts";
import {
  everyPosition,
  openGolden,
  readGolden,
  readGoldenGradients,
} from "../support/golden_model.ts";

const [device, ...names] = Deno.args;
for (const name of names) {
  const { sequences } = await readGolden(name);
  // Gradients of all sequences come from one session: the first of them will do.
  const queries = sequences.map((sequence, i) => ({
    ...everyPosition(sequence),
    measure: i === 0 ? measurementNames : ["attention" as const],
  }));
  const { label_weights: labelWeights } = await readGoldenGradients(name);
  const options = { eager: true, labelWeights };
  await using gpu = (await openGolden(name, { ...options, device: device as Device })).engine;
  await using cpu = (await openGolden(name, { labelWeights })).engine;
  const [there, here] = [await outputs(gpu, queries), await outputs(cpu, queries)];
  const none = new Float32Array();
  const largest = (part: (output: SequenceOutput) => Float32Array | undefined) =>
    Math.max(...there.map((output, i) => gap(part(output) ?? none, part(here[i]!) ?? none)));
  const line = {
    name,
    facts: gpu.facts,
    logits: largest(({ rowLogits }) => rowLogits),
    attention: largest(({ measured }) => measured.attention),
    attribution: largest(({ measured }) => measured.gradient),
  };
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(line) + "\n"));
}

async function outputs(
  engine: Engine,
  queries: readonly Query[],
): Promise<readonly SequenceOutput[]> {
  return (await engine.run(queries)).outputs;
}

function gap(a: Float32Array, b: Float32Array): number {
  return a.reduce(
    (most, x, i) => Math.max(most, Math.abs(x - b[i]!) / Math.max(1, Math.abs(x))),
    a.length === b.length ? 0 : Infinity,
  );
}
