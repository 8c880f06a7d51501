/**
 * Examines the devices of this machine: tries a small product on each, and collects what is known of it.
 *
 * @module
 */

import { type CudaDriver, cudaDriver } from "../cuda/driver.ts";
import { libraryFolder, providerLibraries } from "../cuda/libraries.ts";
import { AbacusError, messageOf } from "../errors.ts";
import { type Device, partsOf, type Place, remedyOf } from "./devices.ts";
import type { OpenPort } from "./port.ts";
import { openRuntime } from "./runtime.ts";

/** What is known of a device. */
export interface DeviceFinding {
  readonly place: Place;
  readonly works: boolean;
  /** The file that computes there, or what contains it. */
  readonly provider: string;
  /** Why it does not work. */
  readonly reason?: string;
  /** What to do then. */
  readonly remedy?: string;
  /** The GPU's own name. */
  readonly name?: string;
  readonly driver?: string;
  readonly memory?: { readonly totalBytes: number; readonly freeBytes?: number | undefined };
}

/** What the examination is made with; tests put theirs here. */
export interface Examination {
  /** Where each device is tried. */
  readonly port: OpenPort;
  /** @default the driver of this machine */
  readonly driver?: () => CudaDriver;
}

/** Every device that the runtime has a provider for, each GPU of CUDA by itself. */
export async function examineDevices(examination: Examination): Promise<DeviceFinding[]> {
  const { driver = cudaDriver } = examination;
  const cuda = answerOf(driver);
  const gpus = typeof cuda === "string" ? [] : cuda.devices;
  const places: Place[] = ["cpu", "webgpu", ...gpus.map(({ index }): Place => `cuda:${index}`)];
  if (gpus.length === 0) places.push("cuda");
  const findings: DeviceFinding[] = [];
  for (const place of places) { // one after the other, as two may share a GPU
    const tried = await attempt(place, examination);
    findings.push({ place, provider: providerOf(place), ...factsOf(place, cuda), ...tried });
  }
  return findings;
}

/** The driver's answer, or the words of its failure. */
function answerOf(driver: () => CudaDriver): CudaDriver | string {
  try {
    return driver();
  } catch (error) {
    return messageOf(error);
  }
}

async function attempt(
  place: Place,
  { port }: Examination,
): Promise<Pick<DeviceFinding, "works" | "reason" | "remedy">> {
  try {
    await using _ = await openRuntime({ device: place, threads: 1, port });
    return { works: true };
  } catch (error) {
    const remedy = remedyOf(partsOf(place).device);
    const told = error instanceof AbacusError ? error.message : messageOf(error);
    const reason = told.replace(` (${remedy})`, "").replace(/^Cannot use the device "[^"]*": /, "");
    return { works: false, reason, remedy };
  }
}

function providerOf(place: Place): string {
  const files: Record<Device, string> = {
    cpu: "libonnxruntime.so.1",
    webgpu: "libonnxruntime.so.1",
    cuda: providerLibraries[1],
  };
  return libraryFolder() + files[partsOf(place).device];
}

function factsOf(
  place: Place,
  cuda: CudaDriver | string,
): Pick<DeviceFinding, "name" | "driver" | "memory"> {
  const { device, deviceId } = partsOf(place);
  if (device === "cpu") return cpuFacts();
  if (device !== "cuda") return {};
  if (typeof cuda === "string") return { driver: cuda };
  const driver = `${cuda.version ?? "of unknown version"}, up to CUDA ${cuda.cuda}`;
  const gpu = cuda.devices[deviceId ?? 0];
  if (gpu === undefined) return { driver };
  return { driver, name: gpu.name, memory: gpu };
}

function cpuFacts(): Pick<DeviceFinding, "memory"> {
  try { // needs --allow-sys=systemMemoryInfo
    const { total, available } = Deno.systemMemoryInfo();
    return { memory: { totalBytes: total, freeBytes: available } };
  } catch {
    return {};
  }
}
