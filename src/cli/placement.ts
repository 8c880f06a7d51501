/**
 * Placement: where the models of a command run, and in what. `--device`, `--replicas`, `--threads` and
 * `--isolate` decide it.
 *
 * @module
 */

import { childPort, runnableDeno } from "../engine/child_port.ts";
import { devicesOf } from "../engine/device_list.ts";
import type { DeviceChoice } from "../engine/devices.ts";
import { lastingRuntime } from "../engine/lasting_runtime.ts";
import { pooledRuntime } from "../engine/pooled_runtime.ts";
import { type OpenEngineRuntime, SharedRuntime } from "../engine/shared_runtime.ts";
import { threadPort } from "../engine/thread_port.ts";
import { AbacusError } from "../errors.ts";
import type { Settings } from "../settings.ts";

/** @throws {AbacusError} `bad_usage` where several are given */
export function oneDevice(text: string): DeviceChoice {
  const [device, ...others] = devicesOf(text) as [DeviceChoice, ...DeviceChoice[]];
  if (others.length === 0) return device;
  throw new AbacusError(
    "bad_usage",
    `Cannot run on several devices as only serve has replicas: received --device ${text}`,
  );
}

/** The settings that decide it. */
export type PlacementSettings =
  & Pick<Settings, "device" | "threads">
  & Partial<Pick<Settings, "replicas" | "isolate">>;

/** Where the models of a server run. */
export interface Placement {
  /** The device of each replica. */
  readonly devices: readonly DeviceChoice[];
  /** Threads of each. @default every core */
  readonly threads: number | undefined;
  /** The program that processes of their own are started with. @default threads of this process */
  readonly deno: string | undefined;
}

/**
 * Reads the settings.
 *
 * @throws {AbacusError} `bad_usage` where `--replicas` does not fit the devices
 */
export function placementOf(
  { device, threads, replicas = 1, isolate = false }: PlacementSettings,
  { cores = navigator.hardwareConcurrency, deno = runnableDeno }: {
    cores?: number;
    deno?: () => string | undefined;
  } = {},
): Placement {
  const named = devicesOf(device);
  if (named.length > 1 && replicas !== 1 && replicas !== named.length) {
    throw new AbacusError(
      "bad_usage",
      `Cannot place --replicas ${replicas} as --device names ${named.length} places: received ${device}`,
    );
  }
  const devices = named.length > 1 ? named : Array(replicas).fill(named[0]!);
  const share = Math.max(1, Math.floor(cores / devices.length));
  return {
    devices,
    threads: threads ?? (devices.length === 1 ? undefined : share),
    deno: isolate ? deno() : undefined,
  };
}

/**
 * What opens the engines of a server's models. In processes of their own each model has its own, or one for each
 * replica. As threads several models share one, as a process ends when two of its threads use WebGPU.
 */
export class EngineOpener {
  readonly #models: number;
  readonly #shared = new SharedRuntime();

  /** @param models how many there are */
  constructor(models: number) {
    this.#models = models;
  }

  /**
   * What opens the engine of one model.
   *
   * @throws {AbacusError} `bad_usage` for replicas as threads where they could not be
   */
  open({ devices, deno }: Placement, watch: EngineWatch): OpenEngineRuntime {
    if (deno === undefined && devices.length > 1) expectReplicableThreads(devices, this.#models);
    if (deno === undefined && this.#models > 1) return this.#shared.open;
    let replicas = 0;
    const single: OpenEngineRuntime = (options) => replicaOf(replicas++, { deno, watch })(options);
    return devices.length === 1 ? single : pooledRuntime(single, devices);
  }
}

/** Who hears of the engines of a model. */
export interface EngineWatch {
  /** One died, or could not be started. */
  onDeath(death: { readonly reason: string; readonly message: string }): void;
  /** A process of its own has so much memory; 0 once it has died. */
  onMemory(replica: number, residentBytes: number): void;
}

/** What opens one replica. */
function replicaOf(
  replica: number,
  { deno, watch }: { deno: string | undefined; watch: EngineWatch },
): OpenEngineRuntime {
  const onMemory = (residentBytes: number) => watch.onMemory(replica, residentBytes);
  return lastingRuntime({
    port: deno === undefined ? () => threadPort() : () => childPort(deno, { onMemory }),
    onDeath(death) {
      if (deno !== undefined) onMemory(0);
      watch.onDeath(death);
    },
  });
}

function expectReplicableThreads(devices: readonly DeviceChoice[], models: number): void {
  if (models === 1 && devices.every((device) => device === "cpu")) return;
  throw new AbacusError(
    "bad_usage",
    "Cannot run replicas as threads unless one model runs on --device cpu alone (processes of their own " +
      `need --isolate and Deno's --allow-run=deno): received ${
        devices.join(", ")
      }, ${models} models`,
  );
}

/** What an operator should know of a placement. */
export function placementNotes(
  { deno }: Placement,
  { isolate }: Pick<Settings, "isolate">,
): string[] {
  if (!isolate || deno !== undefined) return [];
  return [
    "abacus: note: models run in threads of the server, which a crash of onnxruntime would end, as Deno " +
    "was not given --allow-run=deno, or --allow-run without names where LD_LIBRARY_PATH is set",
  ];
}
