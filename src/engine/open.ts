/**
 * Opens an engine: a runtime with a session over a scoring graph, on the first device that works.
 *
 * @module
 */

import type { Architecture } from "../architectures/architecture.ts";
import { AbacusError } from "../errors.ts";
import { check } from "../onnx/check.ts";
import type { Graph } from "../onnx/graph.ts";
import { tokenTree, type TreeOptions } from "../tree/token_tree.ts";
import type { Feeds, Outputs } from "./arrays.ts";
import type { Device, DeviceChoice } from "./devices.ts";
import type { BatchOutput, Engine, EngineFacts, Query } from "./engine.ts";
import { Attributor, wantsAttribution } from "./attributor.ts";
import { feedsOf } from "./feeds.ts";
import { openRuntime, type Runtime } from "./runtime.ts";
import { paddingLimits, treeOptions } from "./tuning.ts";
import { attributed, sequenceOutputs } from "./sequence_outputs.ts";

/** The session that scores. */
const SCORING = "scoring";

/** How an engine computes. */
export interface EngineOptions {
  readonly architecture: Pick<Architecture, "dimensions" | "sharesUpTo">;
  /**
   * Writes the graph that answers queries for attributions, when the first of them comes.
   *
   * @default such queries are refused
   */
  readonly gradient?: () => Graph;
  /** @default "auto" */
  readonly device?: DeviceChoice;
  /** Threads of the CPU provider. @default every core */
  readonly threads?: number;
  /** How batches are laid out. @default what suits the model's size */
  readonly tree?: TreeOptions;
}

/** @throws {AbacusError} `bad_device` where no device works, saying what to install. */
export async function openEngine(graph: Graph, options: EngineOptions): Promise<Engine> {
  check(graph); // ahead of the devices: a graph at fault is the fault of none of them
  const { device = "auto", threads = navigator.hardwareConcurrency } = options;
  const tree = options.tree ?? treeOptions(options.architecture);
  let onDevice = NaN;
  const prove = async (runtime: Runtime) => {
    ({ onDevice } = await runtime.load(SCORING, graph, { warmUp: warmUpFeeds(tree) }));
  };
  const runtime = await openRuntime({ device, threads, prove });
  const facts = { device: runtime.device, dtype: "float32", threads, onDevice } as const;
  const { gradient, architecture } = options;
  const attributor = gradient === undefined
    ? undefined
    : new Attributor(runtime, { graph: gradient, limits: paddingLimits(architecture) });
  return new RuntimeEngine(runtime, { tree, attributor }, facts);
}

/** Two sequences with a common beginning, so that every kind of tile runs once. */
function warmUpFeeds(options: TreeOptions): Feeds {
  const wanted = [1, 2].map((last) => ({
    ids: Int32Array.of(0, 0, 0, last),
    rows: [3],
    attention: true,
  }));
  const sharing = { ...options.sharing, tokensPerBranch: 0 };
  return feedsOf(tokenTree(wanted, { ...options, sharing }));
}

/** What an engine is made of beside its runtime. */
interface Parts {
  readonly tree: TreeOptions;
  readonly attributor: Attributor | undefined;
}

class RuntimeEngine implements Engine {
  readonly facts: EngineFacts;
  readonly #runtime: Runtime;
  readonly #parts: Parts;

  constructor(runtime: Runtime, parts: Parts, facts: EngineFacts) {
    this.#runtime = runtime;
    this.#parts = parts;
    this.facts = facts;
  }

  async run(queries: readonly Query[]): Promise<BatchOutput> {
    if (queries.length === 0) return { outputs: [], computedTokens: 0, inferenceMs: 0 };
    const tree = tokenTree(queries, this.#parts.tree);
    const { outputs, runMs } = await this.#ask(SCORING, feedsOf(tree));
    const scored: BatchOutput = {
      outputs: sequenceOutputs(queries, tree, outputs),
      computedTokens: tree.ids.length,
      inferenceMs: runMs,
    };
    return queries.some(wantsAttribution) ? await this.#attribute(queries, scored) : scored;
  }

  /** The same outputs, those that want one with their attribution. */
  async #attribute(queries: readonly Query[], scored: BatchOutput): Promise<BatchOutput> {
    const { attributor } = this.#parts;
    if (attributor === undefined) {
      throw new TypeError("Cannot attribute a score as the engine was opened without a gradient");
    }
    const pass = await attributor.run(queries);
    return {
      outputs: scored.outputs.map((output, i) => {
        const attribution = pass.attributions.get(i);
        return attribution === undefined ? output : attributed(output, attribution, i);
      }),
      computedTokens: scored.computedTokens + pass.computedTokens,
      inferenceMs: scored.inferenceMs + pass.inferenceMs,
    };
  }

  async #ask(session: string, feeds: Feeds): Promise<{ outputs: Outputs; runMs: number }> {
    try {
      return await this.#runtime.run(session, feeds);
    } catch (error) {
      const { message } = error as Error;
      throw new AbacusError("model_failure", `Cannot run the model: ${message}`, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runtime[Symbol.asyncDispose]();
  }
}

/** The device names, for schemas of settings. */
export const deviceChoices = [
  "auto",
  "cpu",
  "webgpu",
  "cuda",
] as const satisfies (Device | "auto")[];
