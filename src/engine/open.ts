/**
 * Opens an engine: a worker with a session over a graph, on the first device that works.
 *
 * @module
 */

import type { Architecture } from "../architectures/architecture.ts";
import { AbacusError } from "../errors.ts";
import { check } from "../onnx/check.ts";
import type { Graph } from "../onnx/graph.ts";
import { serialize } from "../onnx/serialize.ts";
import { tokenTree, type TreeOptions } from "../tree/token_tree.ts";
import { Channel } from "./channel.ts";
import { candidates, type Device, type DeviceChoice, firstWorking, gpuSeen } from "./devices.ts";
import type { BatchVerdict, Engine, EngineFacts, Query } from "./engine.ts";
import { type Feeds, feedsOf } from "./feeds.ts";
import { treeOptions } from "./tuning.ts";
import { verdictsOf } from "./verdicts.ts";

/** How an engine computes. */
export interface EngineOptions {
  readonly architecture: Pick<Architecture, "dimensions" | "sharesUpTo">;
  /** @default "auto" */
  readonly device?: DeviceChoice;
  /** Threads of the CPU provider. @default every core */
  readonly threads?: number;
  /** How batches are laid out. @default what suits the model's size */
  readonly tree?: TreeOptions;
}

/** @throws {AbacusError} `bad_device` where no device works, saying what to install. */
export async function openEngine(graph: Graph, options: EngineOptions): Promise<Engine> {
  check(graph);
  const model = serialize(graph);
  const tree = options.tree ?? treeOptions(options.architecture);
  const threads = options.threads ?? navigator.hardwareConcurrency;
  const devices = candidates(options.device ?? "auto", await gpuSeen());
  return await firstWorking(devices, async (device) => {
    const channel = new Channel(new Worker(import.meta.resolve("./worker.ts"), { type: "module" }));
    try {
      const warmUp = warmUpFeeds(tree);
      const { onDevice } = await channel.ask(
        { kind: "open", model, device, threads, warmUp },
        "opened",
      );
      return new WorkerEngine(channel, tree, { device, dtype: "float32", threads, onDevice });
    } catch (error) {
      await channel.close();
      throw error;
    }
  });
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

class WorkerEngine implements Engine {
  readonly facts: EngineFacts;
  readonly #channel: Channel;
  readonly #tree: TreeOptions;

  constructor(channel: Channel, tree: TreeOptions, facts: EngineFacts) {
    this.#channel = channel;
    this.#tree = tree;
    this.facts = facts;
  }

  async run(queries: readonly Query[]): Promise<BatchVerdict> {
    if (queries.length === 0) return { verdicts: [], computedTokens: 0, inferenceMs: 0 };
    const tree = tokenTree(queries, this.#tree);
    const feeds = feedsOf(tree);
    const ran = await this.#ask(feeds);
    return {
      verdicts: verdictsOf(queries, tree, ran),
      computedTokens: tree.ids.length,
      inferenceMs: ran.inferenceMs,
    };
  }

  async #ask(feeds: Feeds) {
    const buffers = Object.values(feeds).map(({ data }) => data.buffer);
    try {
      return await this.#channel.ask({ kind: "run", feeds }, "ran", buffers);
    } catch (error) {
      const { message } = error as Error;
      throw new AbacusError("model_failure", `Cannot run the model: ${message}`, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#channel.close();
  }
}

/** The device names, for schemas of settings. */
export const deviceChoices = [
  "auto",
  "cpu",
  "webgpu",
  "cuda",
] as const satisfies (Device | "auto")[];
