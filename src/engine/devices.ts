/**
 * Devices: which provider of onnxruntime stands for each, and in which order `auto` tries them.
 *
 * @module
 */

import { AbacusError, messageOf } from "../errors.ts";

/** The devices that a model can run on. */
export const deviceNames = ["cpu", "webgpu", "cuda"] as const;

/** One of {@linkcode deviceNames}. */
export type Device = typeof deviceNames[number];

/** A device, and which of several GPUs it is. */
export type Place = Device | `cuda:${number}`;

/** What a user may ask for. */
export type DeviceChoice = Place | "auto";

/** The device of a place, and the number of the GPU where it has one. */
export function partsOf(place: Place): { device: Device; deviceId?: number } {
  const [device, id] = place.split(":") as [Device, string?];
  return id === undefined ? { device } : { device, deviceId: Number(id) };
}

/** What somebody has to do before a device works. */
export const deviceRemedies: Readonly<Record<Device, string>> = {
  cpu: "onnxruntime-node brings the CPU provider with it; check that it supports this platform",
  webgpu: "install a Vulkan driver for the GPU (mesa-vulkan-drivers or the vendor's); " +
    "see that /dev/dri is there and readable",
  cuda: "install the CUDA provider with `deno install --allow-scripts=npm:onnxruntime-node`, " +
    "CUDA 12 and cuDNN 9",
};

/** The devices to try for a choice, best first; only `auto` has more than one. */
export function candidates(choice: DeviceChoice, gpuSeen: boolean): readonly Place[] {
  if (choice !== "auto") return [choice];
  return gpuSeen ? ["cuda", "webgpu", "cpu"] : ["cpu"];
}

/**
 * Opens the first device that really works.
 *
 * @throws {AbacusError} `bad_device` saying what to install, where none does.
 */
export async function firstWorking<T>(
  devices: readonly Place[],
  open: (device: Place) => Promise<T>,
): Promise<T> {
  const failures: string[] = [];
  for (const device of devices) {
    try {
      return await open(device);
    } catch (error) {
      if (error instanceof AbacusError) throw error;
      failures.push(
        `Cannot use the device "${device}": ${reason(error)} (${
          deviceRemedies[partsOf(device).device]
        })`,
      );
    }
  }
  throw new AbacusError("bad_device", failures.join("; "));
}

function reason(error: unknown): string {
  return messageOf(error).replace(/\s+/g, " ").slice(0, 300);
}
