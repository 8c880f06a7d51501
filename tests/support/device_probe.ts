/**
 * Opens a device and prints why it cannot be used, or nothing. A program of its own, for the first use of
 * a GPU decides what the process can do afterwards.
 *
 *     deno run -A tests/support/device_probe.ts cuda
 *
 * @module
 */

import type { Device } from "../../src/engine/devices.ts";
import { openRuntime } from "../../src/engine/runtime.ts";

try {
  await using _open = await openRuntime({ device: Deno.args[0] as Device });
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  await Deno.stdout.write(new TextEncoder().encode(reason));
}
