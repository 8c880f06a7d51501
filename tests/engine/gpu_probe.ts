/**
 * Runs golden models on a GPU and on the CPU and prints the largest differences as JSON. A program of its
 * own, for a driver has to stand in the environment before the process starts.
 *
 *     deno run -A tests/engine/gpu_probe.ts webgpu llama gpt2:dense qwen3:fused
 *
 * @module
 */

import type { Device } from "../../src/engine/devices.ts";
import { measurementNames } from "../../src/engine/measurements/registry.ts";
import type { Engine, Query, SequenceOutput } from "../../src/engine/engine.ts";
import type { AttentionForm } from "../../src/engine/passes/scoring.ts";
import {
  everyPosition,
  openGolden,
  readGolden,
  readGoldenGradients,
} from "../support/golden_model.ts";

const [device, ...words] = Deno.args;
/** All but paths of many gradients, which take minutes on a GPU in software. */
const all = measurementNames.filter((name) => name !== "integrated");
for (const [name, form] of words.map(nameAndForm)) {
  const { sequences } = await readGolden(name);
  // Gradients of all sequences come from one session, whatever the form: the first of them will do.
  const queries = sequences.map((sequence, i) => ({
    ...everyPosition(sequence),
    measure: i === 0 && form === "tiles" ? all : ["attention" as const],
  }));
  const { label_weights: labelWeights } = await readGoldenGradients(name);
  const options = { eager: true, labelWeights };
  const there = { ...options, attention: form, device: device as Device };
  await using gpu = (await openGolden(name, there)).engine;
  await using cpu = (await openGolden(name, { labelWeights })).engine;
  const [found, expected] = [await outputs(gpu, queries), await outputs(cpu, queries)];
  const none = new Float32Array();
  const largest = (part: (output: SequenceOutput) => Float32Array | undefined) =>
    Math.max(...found.map((output, i) => gap(part(output) ?? none, part(expected[i]!) ?? none)));
  const line = {
    name,
    form,
    facts: gpu.facts,
    logits: largest(({ rowLogits }) => rowLogits),
    attention: largest(({ measured }) => measured.attention),
    attribution: largest(({ measured }) => measured.gradient),
  };
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(line) + "\n"));
}

/** A model, and the form of its attention behind a colon. */
function nameAndForm(word: string): [string, AttentionForm] {
  const [name, form = "tiles"] = word.split(":") as [string, AttentionForm?];
  return [name, form];
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
