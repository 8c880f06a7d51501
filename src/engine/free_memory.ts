/**
 * Free memory: how much a device has left for weights, as far as it can be told.
 *
 * @module
 */

import { cudaDriver } from "../cuda/driver.ts";
import { type Device, partsOf, type Place } from "./devices.ts";

/** How the free memory of each device is found; a way throws where Deno was not allowed to look. */
const ways: Partial<Record<Device, (deviceId: number) => number | undefined>> = {
  // Needs --allow-sys=systemMemoryInfo. What the system could free counts as free.
  cpu: () => Deno.systemMemoryInfo().available,
  cuda: (deviceId) => cudaDriver().devices[deviceId]?.freeBytes,
};

/** Bytes; undefined where they cannot be told, so that nothing is refused for want of them. */
export function freeMemory(place: Place, find?: () => number): number | undefined {
  const { device, deviceId = 0 } = partsOf(place);
  try {
    return find === undefined ? ways[device]?.(deviceId) : find();
  } catch {
    return undefined;
  }
}
