/**
 * EngineRuntime: what an engine computes in, whether one thread, a process that is replaced when it dies, or
 * replicas of that.
 *
 * @module
 */

import type { DeviceChoice, Place } from "./devices.ts";
import type { EngineState } from "./engine_state.ts";
import type { Runtime } from "./runtime.ts";

/** What an engine needs of a runtime; its end frees what the engine loaded. */
export interface EngineRuntime extends Pick<Runtime, "device" | "load" | "run">, AsyncDisposable {
  /** How each replica is. @default one, which is ready for ever */
  readonly states?: readonly EngineState[];
  /** Where each replica runs. @default there is one, on the device */
  readonly places?: readonly Place[];
}

/** Its replicas, for an engine's facts: none where there is but one. */
export function replicasOf({ places }: EngineRuntime): { replicas?: readonly string[] } {
  return places === undefined ? {} : { replicas: places };
}

/** Where an engine computes, and what has to succeed there. */
export interface EngineRuntimeOptions {
  readonly device: DeviceChoice;
  readonly threads: number;
  readonly prove: (runtime: EngineRuntime) => Promise<void>;
}

/** Opens the runtime of one engine, as `openRuntime` does for an engine by itself. */
export type OpenEngineRuntime = (options: EngineRuntimeOptions) => Promise<EngineRuntime>;
