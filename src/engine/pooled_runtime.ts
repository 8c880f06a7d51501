/**
 * Pooled runtime: replicas of one model's sessions, each with a host of its own. A run goes to the replica with
 * the least to do among those that live.
 *
 * @module
 */

import { messageOf } from "../errors.ts";
import type { Graph } from "../onnx/graph.ts";
import { type Feeds, sizeOf } from "./arrays.ts";
import type { Device, DeviceChoice, Place } from "./devices.ts";
import { type EngineState, stateOf } from "./engine_state.ts";
import { RuntimeDied } from "./port.ts";
import type { Runtime } from "./runtime.ts";
import type { EngineRuntime, OpenEngineRuntime } from "./engine_runtime.ts";

/**
 * What opens a replica on each device. The threads are those of each.
 *
 * @param open opens one of them
 */
export function pooledRuntime(
  open: OpenEngineRuntime,
  devices: readonly DeviceChoice[],
): OpenEngineRuntime {
  return async ({ threads, prove }) => {
    const replicas: Replica[] = [];
    try {
      // One after the other: memory that all take at once at their start could be too much.
      for (const device of devices) {
        const runtime = await open({ device, threads, prove });
        replicas.push(new Replica(runtime, device === "auto" ? runtime.device : device));
      }
    } catch (error) {
      await closeAll(replicas);
      throw error;
    }
    return new PooledRuntime(replicas);
  };
}

/** One of them, and what it has to do. */
class Replica {
  readonly runtime: EngineRuntime;
  readonly place: Place;
  /** Numbers that were fed to runs which are not answered yet. */
  load = 0;

  constructor(runtime: EngineRuntime, place: Place) {
    this.runtime = runtime;
    this.place = place;
  }

  get state(): EngineState {
    return stateOf(this.runtime);
  }
}

class PooledRuntime implements EngineRuntime {
  readonly device: Device;
  readonly places: readonly Place[];
  readonly #replicas: readonly Replica[];

  constructor(replicas: readonly Replica[]) {
    this.#replicas = replicas;
    this.device = replicas[0]!.runtime.device;
    this.places = replicas.map(({ place }) => place);
  }

  get states(): readonly EngineState[] {
    return this.#replicas.map(({ state }) => state);
  }

  /** Loads into every replica; one that is down opens the session when it comes back. */
  async load(
    name: string,
    graph: Graph | Uint8Array<ArrayBuffer>,
    { warmUp }: { warmUp?: Feeds } = {},
  ): Promise<{ onDevice: number }> {
    const loads = await Promise.allSettled(
      this.#replicas.map(({ runtime }) =>
        runtime.load(name, graph, warmUp === undefined ? {} : { warmUp: structuredClone(warmUp) })
      ),
    );
    const failures = loads.flatMap((each) => each.status === "rejected" ? [each.reason] : []);
    const failure = failures.find((each) => !(each instanceof RuntimeDied)) ??
      (failures.length === loads.length ? failures[0] : undefined);
    if (failure !== undefined) throw failure;
    const shares = loads.flatMap((each) =>
      each.status === "fulfilled" ? [each.value.onDevice] : []
    );
    return { onDevice: Math.min(...shares) };
  }

  async run(...call: Parameters<Runtime["run"]>): ReturnType<Runtime["run"]> {
    const replica = leastLoaded(this.#replicas);
    const [, feeds] = call;
    const load = Object.values(feeds).reduce((sum, { dims }) => sum + sizeOf(dims), 0);
    replica.load += load;
    try {
      return await replica.runtime.run(...call);
    } finally {
      replica.load -= load;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeAll(this.#replicas);
  }
}

const order: readonly EngineState[] = ["ready", "recovering", "failed"];

/** Of those in the best state, the one with the least to do. */
function leastLoaded(replicas: readonly Replica[]): Replica {
  return replicas.toSorted((one, other) =>
    order.indexOf(one.state) - order.indexOf(other.state) || one.load - other.load
  )[0]!;
}

/** Closes all, also where one does not close. */
async function closeAll(replicas: readonly Replica[]): Promise<void> {
  const ends = await Promise.allSettled(
    replicas.map(({ runtime }) => runtime[Symbol.asyncDispose]()),
  );
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw new Error(messageOf(failed.reason), { cause: failed.reason });
}
