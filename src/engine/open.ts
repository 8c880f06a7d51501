/**
 * Opens an engine: a runtime with a session over a scoring graph, on the first device that works.
 *
 * @module
 */

import { type Architecture, isGated, type Pooling } from "../architectures/architecture.ts";
import { AbacusError } from "../errors.ts";
import type { ModelDtype } from "../layers/stored_weights.ts";
import { check } from "../onnx/check.ts";
import type { Graph } from "../onnx/graph.ts";
import type { TreeOptions } from "../tree/token_tree.ts";
import type { Feeds, Outputs } from "./arrays.ts";
import { ATTENTION_BYTES } from "./attention_memory.ts";
import type { Device, DeviceChoice } from "./devices.ts";
import type { BatchOutput, Engine, EngineFacts, Query } from "./engine.ts";
import type { EngineState } from "./engine_state.ts";
import { measurementNames, pathRuleOf } from "./measurements/registry.ts";
import { asks, type Measured, OwnPass, type OwnPassName, ownPassNames } from "./passes/own_pass.ts";
import { attentionFormOf, scoringFeeds, sequenceOutputs } from "./passes/scoring.ts";
import { openRuntime } from "./runtime.ts";
import { type EngineRuntime, type OpenEngineRuntime, replicasOf } from "./engine_runtime.ts";
import { layoutOf, paddingLimits, windowsOf } from "./tuning.ts";

/** The session that scores. */
const SCORING = "scoring";

/** How an engine computes. */
export interface EngineOptions {
  readonly architecture: Pick<
    Architecture,
    "attention" | "dimensions" | "pooling" | "sharesUpTo" | "trunk"
  >;
  /**
   * Writes the graph of a measurement with a pass of its own, when the first query asks for it.
   *
   * @default such queries are refused
   */
  readonly ownPass?: (name: OwnPassName) => Graph;
  /** What the graphs compute in, for its facts. @default "float32" */
  readonly dtype?: ModelDtype;
  /** @default "auto" */
  readonly device?: DeviceChoice;
  /** Threads of the CPU provider. @default every core */
  readonly threads?: number;
  /** Bytes that attention may take which is computed at once. @default ATTENTION_BYTES */
  readonly attentionBytes?: number;
  /** How batches are laid out. @default what suits the model's size */
  readonly tree?: Omit<TreeOptions, "windows">;
  /** Opens what it computes in. @default openRuntime */
  readonly runtime?: OpenEngineRuntime;
}

/** @throws {AbacusError} `bad_device` where no device works, saying what to install. */
export async function openEngine(graph: Graph, options: EngineOptions): Promise<Engine> {
  check(graph); // ahead of the devices: a graph at fault is the fault of none of them
  const { device = "auto", dtype = "float32", threads = navigator.hardwareConcurrency } = options;
  const { architecture, ownPass, attentionBytes: bytes = ATTENTION_BYTES } = options;
  const form = attentionFormOf(graph);
  const treeOn = (device: Device): TreeOptions => ({
    ...layoutOf(architecture, { form, device, dtype, bytes }),
    ...options.tree,
    windows: windowsOf(architecture),
  });
  const { pooling } = architecture;
  let onDevice = 1; // of several replicas, the least
  const prove = async (runtime: EngineRuntime) => {
    const warmUp = warmUpFeeds(treeOn(runtime.device), pooling);
    const loaded = await runtime.load(SCORING, graph, { warmUp });
    onDevice = Math.min(onDevice, loaded.onDevice);
  };
  const runtime = await (options.runtime ?? openRuntime)({ device, threads, prove });
  const facts = { device: runtime.device, dtype, threads, ...replicasOf(runtime), onDevice };
  const limits = paddingLimits(architecture);
  const ownPasses = new Map(
    ownPass === undefined ? [] : ownPassNames.map((name) => [
      name,
      new OwnPass(runtime, {
        name,
        graph: () => ownPass(name),
        limits,
        pooling,
        rule: pathRuleOf(name),
      }),
    ]),
  );
  const tree = treeOn(runtime.device);
  return new RuntimeEngine(runtime, { tree, pooling, ownPasses }, facts);
}

/** Two sequences with a common beginning, so that every kind of tile runs once. */
function warmUpFeeds(options: TreeOptions, pooling: Pooling): Feeds {
  const queries = [1, 2].map((last): Query => ({
    ids: Int32Array.of(0, 0, 0, last),
    pool: isGated(pooling) ? [0, 3] : [3],
    rows: [],
    measure: measurementNames,
  }));
  const sharing = { ...options.sharing, tokensPerBranch: 0 };
  return scoringFeeds(queries, { tree: { ...options, sharing }, pooling }).feeds;
}

/** What an engine is made of beside its runtime. */
interface Parts {
  readonly tree: TreeOptions;
  readonly pooling: Pooling;
  /** Absent where the engine was opened without their graphs. */
  readonly ownPasses: ReadonlyMap<string, OwnPass>;
}

class RuntimeEngine implements Engine {
  readonly facts: EngineFacts;
  /** Of each replica, one that runs and one that the main thread prepares meanwhile. */
  readonly capacity: number;
  readonly #runtime: EngineRuntime;
  readonly #parts: Parts;

  constructor(runtime: EngineRuntime, parts: Parts, facts: EngineFacts) {
    this.#runtime = runtime;
    this.#parts = parts;
    this.facts = facts;
    this.capacity = 2 * (facts.replicas?.length ?? 1);
  }

  get states(): readonly EngineState[] {
    return this.#runtime.states ?? ["ready"];
  }

  async run(queries: readonly Query[]): Promise<BatchOutput> {
    if (queries.length === 0) return { outputs: [], computedTokens: 0, inferenceMs: 0 };
    let batch = await this.#score(queries);
    for (const name of ownPassNames) {
      if (queries.some((query) => asks(query, name))) {
        batch = withMeasured(batch, name, await this.#ownPass(name).run(queries));
      }
    }
    return batch;
  }

  async #score(queries: readonly Query[]): Promise<BatchOutput> {
    const { feeds, ...layout } = scoringFeeds(queries, this.#parts);
    const { outputs, runMs } = await this.#ask(SCORING, feeds);
    return {
      outputs: sequenceOutputs(queries, layout, outputs),
      computedTokens: layout.tree.ids.length,
      inferenceMs: runMs,
    };
  }

  #ownPass(name: string): OwnPass {
    const pass = this.#parts.ownPasses.get(name);
    if (pass !== undefined) return pass;
    throw new TypeError(`Cannot measure "${name}" as the engine was opened without its graph`);
  }

  async #ask(session: string, feeds: Feeds): Promise<{ outputs: Outputs; runMs: number }> {
    try {
      return await this.#runtime.run(session, feeds);
    } catch (error) {
      if (error instanceof AbacusError) throw error;
      const { message } = error as Error;
      throw new AbacusError("model_failure", `Cannot run the model: ${message}`, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runtime[Symbol.asyncDispose]();
  }
}

/** The batch with the numbers of one more pass. */
function withMeasured(batch: BatchOutput, name: OwnPassName, pass: Measured): BatchOutput {
  return {
    outputs: batch.outputs.map((output, i) => {
      const numbers = pass.numbers.get(i);
      if (numbers === undefined) return output;
      return { ...output, measured: { ...output.measured, [name]: numbers } };
    }),
    computedTokens: batch.computedTokens + pass.computedTokens,
    inferenceMs: batch.inferenceMs + pass.inferenceMs,
  };
}
