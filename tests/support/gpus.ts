/**
 * GPUs that graphs are tried on: one in software, which every machine of ours can have, and what this
 * machine has itself.
 *
 * @module
 */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Device } from "../../src/engine/devices.ts";
import { gpuSeen } from "../../src/engine/gpu_seen.ts";
import { slow } from "./slow.ts";
import { testWhere } from "./test_where.ts";

/** A way to compute on a GPU. */
export interface Gpu {
  /** As the names of tests have it. */
  readonly name: string;
  readonly device: Exclude<Device, "cpu">;
  /** Has to stand in a process's environment before it starts. */
  readonly environment: Readonly<Record<string, string>>;
  /** Why it cannot be used here; undefined where it can. */
  readonly missing: string | undefined;
}

/** Debian's chromium brings a Vulkan driver in software, and the loader for it. */
const chromium = "/usr/lib/chromium";
const softwareDriver = `${chromium}/vk_swiftshader_icd.json`;

/** WebGPU on the processor: slow, exact about what it is asked for, and the same everywhere. */
export const softwareGpu: Gpu = {
  name: "webgpu in software",
  device: "webgpu",
  environment: { LD_LIBRARY_PATH: chromium, VK_ICD_FILENAMES: softwareDriver },
  missing: slow ??
    (existsSync(softwareDriver)
      ? undefined
      : `no SwiftShader at ${softwareDriver}; it comes with Debian's package chromium`),
};

/** The golden models whose graphs are run on GPUs too. */
export const gpuModels: readonly string[] = [
  "llama",
  "llama-biased-sharded",
  "gpt2",
  "gemma2",
  "gpt-neox",
];

/**
 * Models in other forms of attention. CUDA has no fused operator in float32, and on WebGPU, where it is wrong, a graph
 * with it must not use it.
 */
export function gpuModelsInForms({ device }: Pick<Gpu, "device">): readonly string[] {
  const dense = ["llama:dense", "gemma2:dense"];
  return device === "cuda" ? dense : [...dense, "gemma2:fused"];
}

/** The software GPU, and those of this machine. */
export const gpus: readonly Gpu[] = [
  softwareGpu,
  ownGpu("webgpu"),
  ownGpu("cuda"),
];

function ownGpu(device: Gpu["device"]): Gpu {
  const missing = gpuSeen() ? whyUnusable(device) : "this machine shows no GPU";
  return { name: device, device, environment: {}, missing };
}

function whyUnusable(device: Gpu["device"]): string | undefined {
  const { stdout, stderr, success } = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", pathOf("./device_probe.ts", import.meta.url), device],
  }).outputSync();
  const text = new TextDecoder().decode(success ? stdout : stderr).trim();
  return success && text === "" ? undefined : text.slice(0, 300) || "its process ended";
}

/** Registers a test for every GPU, or the reasons why it is skipped. */
export function testOnGpus(name: string, fn: (gpu: Gpu) => Promise<void>): void {
  for (const gpu of gpus) {
    testWhere({ name: `${gpu.name} ${name}`, missing: gpu.missing, fn: () => fn(gpu) });
  }
}

/**
 * Runs a probe, a program that is given a device and prints JSON values, a line each.
 *
 * @param path relative to `base`, which is the caller's `import.meta.url`
 */
export async function probe(
  { device, environment }: Gpu,
  { path, base, words = [] }: { path: string; base: string; words?: readonly string[] },
) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", pathOf(path, base), device, ...words],
    env: { ...environment },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim().split("\n").map((line) => JSON.parse(line));
}

function pathOf(path: string, base: string): string {
  return fileURLToPath(new URL(path, base));
}
