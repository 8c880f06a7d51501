/**
 * Likely place: where a model will probably run, as far as that can be told before anything is loaded. What a graph
 * is written in depends on it; if the model comes to run elsewhere, it is written again.
 *
 * @module
 */

import { cudaDriver } from "../cuda/driver.ts";
import { missingLibraries } from "../cuda/libraries.ts";
import type { DeviceChoice, Place } from "./devices.ts";
import { gpuSeen } from "./gpu_seen.ts";

/** What tells it; tests put theirs here. */
export interface Machine {
  /** @default gpuSeen */
  readonly gpuSeen?: () => boolean;
  /** Whether CUDA's provider and driver are there. @default as they are on this machine */
  readonly cudaReady?: () => boolean;
}

/** The place that was named, or the one that `auto` will try first with a chance to succeed. */
export function likelyPlace(
  choice: DeviceChoice,
  { gpuSeen: seen = gpuSeen, cudaReady = isCudaReady }: Machine = {},
): Place {
  if (choice !== "auto") return choice;
  if (!seen()) return "cpu";
  return cudaReady() ? "cuda" : "webgpu";
}

function isCudaReady(): boolean {
  try {
    return cudaDriver().devices.length > 0 && missingLibraries().length === 0;
  } catch {
    return false; // no driver, or not ours to ask
  }
}
