/**
 * Placement: where the models of a command run, and in what. `--device`, `--replicas`, `--threads` and
 * `--isolate` decide it.
 *
 * @module
 */

import { childPort, runnableDeno } from "../engine/child_port.ts";
import { devicesOf } from "../engine/device_list.ts";
import { EarlyPort } from "../engine/early_port.ts";
import type { DeviceChoice } from "../engine/devices.ts";
import { lastingRuntime } from "../engine/lasting_runtime.ts";
import { pooledRuntime } from "../engine/pooled_runtime.ts";
import type { OpenEngineRuntime } from "../engine/engine_runtime.ts";
import { SharedHost } from "../engine/shared_host.ts";
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

/** Where one model of a server runs. */
export interface Placement {
  /** The device of each replica. */
  readonly devices: readonly DeviceChoice[];
  /** Threads of each. */
  readonly threads: number;
  /** The program that processes of their own are started with. @default threads of this process */
  readonly deno: string | undefined;
}

/** What a machine has. */
interface Machine {
  readonly cores?: number;
  /** As {@linkcode runnableDeno}. */
  readonly deno?: () => string | undefined;
}

/**
 * Reads the settings of each model of a server. Replicas of all models compute at the same time, so the cores
 * that no `threads` speaks of are divided among those that it speaks not of, with one each at least. Those on a
 * GPU that was named use hardly any and count for nothing; models in one thread take turns, and each has all.
 *
 * @throws {AbacusError} `bad_usage` where `--replicas` does not fit the devices
 */
export function placementsOf(
  models: readonly PlacementSettings[],
  { cores = navigator.hardwareConcurrency, deno: findDeno = runnableDeno }: Machine = {},
): Placement[] {
  const deno = models.some(({ isolate }) => isolate) ? findDeno() : undefined;
  const placed = models.map((each) => ({ devices: replicasOn(each), threads: each.threads }));
  const takeTurns = deno === undefined && models.length > 1;
  const share = takeTurns ? cores : shareOf(cores, placed);
  return placed.map(({ devices, threads }) => ({
    devices,
    threads: threads ?? (devices.some(isOnCores) ? share : cores),
    deno,
  }));
}

/** The threads of each replica that has no number of its own. */
function shareOf(
  cores: number,
  placed: readonly { devices: readonly DeviceChoice[]; threads: number | undefined }[],
): number {
  let [left, sharing] = [cores, 0];
  for (const { devices, threads } of placed) {
    const count = devices.filter(isOnCores).length;
    if (threads === undefined) sharing += count;
    else left -= count * threads;
  }
  return Math.max(1, Math.floor(left / Math.max(1, sharing)));
}

/** `auto` may come to be the CPU. */
function isOnCores(device: DeviceChoice): boolean {
  return device === "cpu" || device === "auto";
}

function replicasOn({ device, replicas = 1 }: PlacementSettings): readonly DeviceChoice[] {
  const named = devicesOf(device);
  if (named.length > 1 && replicas !== 1 && replicas !== named.length) {
    throw new AbacusError(
      "bad_usage",
      `Cannot place --replicas ${replicas} as --device names ${named.length} places: received ${device}`,
    );
  }
  return named.length > 1 ? named : Array(replicas).fill(named[0]!);
}

/**
 * What opens the engines of a server's models. In processes of their own each model has its own, or one for each
 * replica. As threads several models share one, as a process ends when two of its threads use WebGPU. Whichever it
 * is, it is replaced when it dies, for every model in it.
 */
export class EngineOpener implements AsyncDisposable {
  readonly #models: number;
  readonly #shared = new SharedHost();
  /** Of each model with processes of its own, the first of them. */
  readonly #early: EarlyPort[] = [];

  /** @param models how many there are */
  constructor(models: number) {
    this.#models = models;
  }

  /**
   * What opens the engine of one model. A process of its own is started here, so that it comes up while the model
   * is read.
   *
   * @throws {AbacusError} `bad_usage` for replicas as threads where they could not be
   */
  open({ devices, deno }: Placement, watch: EngineWatch): OpenEngineRuntime {
    if (deno === undefined && devices.length > 1) expectReplicableThreads(devices, this.#models);
    const thread = this.#models > 1 ? this.#shared.port : () => threadPort();
    const replica = deno === undefined
      ? () => lastingRuntime({ port: thread, onDeath: watch.onDeath })
      : this.#processes(deno, watch);
    let replicas = 0;
    const single: OpenEngineRuntime = (options) => replica(replicas++)(options);
    return devices.length === 1 ? single : pooledRuntime(single, devices);
  }

  /** Ends what was started ahead and then not wanted. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#early.map((each) => each[Symbol.asyncDispose]()));
  }

  /** What opens each replica in a process of its own; the first one's starts at once. */
  #processes(
    deno: string,
    { onDeath, onMemory }: EngineWatch,
  ): (replica: number) => OpenEngineRuntime {
    const portOf = (replica: number) => () =>
      childPort(deno, { onMemory: (residentBytes) => onMemory(replica, residentBytes) });
    const early = new EarlyPort(portOf(0));
    this.#early.push(early);
    return (replica) =>
      lastingRuntime({
        port: replica === 0 ? early.port : portOf(replica),
        onDeath(death) {
          onMemory(replica, 0);
          onDeath(death);
        },
      });
  }
}

/** Who hears of the engines of a model. */
export interface EngineWatch {
  /** One died, or could not be started. */
  onDeath(death: { readonly reason: string; readonly message: string }): void;
  /** A process of its own has so much memory; 0 once it has died. */
  onMemory(replica: number, residentBytes: number): void;
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

/** What an operator should know of the placements of a server's models. */
export function placementNotes(
  placements: readonly Placement[],
  { isolate = false }: Pick<PlacementSettings, "isolate">,
): string[] {
  if (!isolate || placements.every(({ deno }) => deno !== undefined)) return [];
  return [
    "abacus: note: models run in threads of the server, which a crash of onnxruntime would end, as Deno " +
    "was not given --allow-run=deno, or --allow-run without names where LD_LIBRARY_PATH is set",
  ];
}
