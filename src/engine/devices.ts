/**
 * Devices: which provider of onnxruntime stands for each, and in which order `auto` tries them.
 *
 * @module
 */

import { INSTALL_COMMAND, missingLibraries } from "../cuda/libraries.ts";
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

/**
 * What somebody has to do before a device works.
 *
 * @param missing libraries of the CUDA provider that are not there
 */
export function remedyOf(device: Device, missing: () => readonly string[] = missingLibraries) {
  return device === "cuda" ? cudaRemedy(missing()) : remedies[device];
}

const remedies: Readonly<Record<Exclude<Device, "cuda">, string>> = {
  cpu: "onnxruntime-node brings the CPU provider with it; check that it supports this platform",
  webgpu: "install a Vulkan driver for the GPU (mesa-vulkan-drivers or the vendor's); " +
    "see that /dev/dri is there and readable",
};

function cudaRemedy(missing: readonly string[]): string {
  return missing.length > 0
    ? `bring ${missing.join(", ")} with \`${INSTALL_COMMAND}\``
    : "install NVIDIA's driver, 580 or newer; the libraries of CUDA 13 are there already";
}

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
        `Cannot use the device "${device}": ${reason(error)} (${remedyOf(partsOf(device).device)})`,
      );
    }
  }
  throw new AbacusError("bad_device", failures.join("; "));
}

function reason(error: unknown): string {
  // What stands before the failure is the place in onnxruntime's source, with a long signature.
  return messageOf(error).replace(/\s+/g, " ").replace(/^\/onnxruntime_src\/.*(?=CUDA failure)/, "")
    .slice(0, 300);
}
