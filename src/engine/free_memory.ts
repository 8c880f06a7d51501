/**
 * Free memory: how much a device has left for weights, as far as it can be told.
 *
 * @module
 */

import type { Device } from "./devices.ts";

/** How the free memory of each device is found; a way throws where Deno was not allowed to look. */
const ways: Partial<Record<Device, () => number>> = {
  // Needs --allow-sys=systemMemoryInfo. What the system could free counts as free.
  cpu: () => Deno.systemMemoryInfo().available,
};

/** Bytes; undefined where they cannot be told, so that nothing is refused for want of them. */
export function freeMemory(device: Device, find = ways[device]): number | undefined {
  try {
    return find?.();
  } catch {
    return undefined;
  }
}
