/**
 * Device list: devices as a user writes them, with commas where a model has a replica on each.
 *
 * @module
 */

import { type DeviceChoice, deviceNames } from "./devices.ts";

/** Devices that one model can be replicated on. */
const MOST_DEVICES = 64;

/** What the text has to be. */
export const devicesExpected = `one of ${
  ["auto", ...deviceNames].join(", ")
}, cuda:N, or up to ${MOST_DEVICES} of them with commas`;

/** Whether a text is one; GPUs of CUDA are counted from 0. */
export function areDevices(text: string): boolean {
  return /^(?:(?:auto|cpu|webgpu|cuda(?::\d{1,2})?)(?:, *(?!$)|$))+$/.test(text) &&
    text.split(",").length <= MOST_DEVICES;
}

/** The devices of a text that {@linkcode areDevices}. */
export function devicesOf(text: string): DeviceChoice[] {
  return text.split(",").map((each) => each.trim() as DeviceChoice);
}
