/**
 * Opens an engine over a prebuilt graph. Nothing is known of such a graph but what its file and a few runs of
 * it tell: it answers whole texts, side by side where it can, and its last attention where that was found.
 *
 * @module
 */

import { AbacusError, messageOf } from "../../errors.ts";
import { added } from "../../prebuilt/expose_attention.ts";
import { type PrebuiltGraph, sessionBytes } from "../../prebuilt/prebuilt_graph.ts";
import type { DeviceChoice } from "../devices.ts";
import type { ComputeDtype, Engine } from "../engine.ts";
import { openRuntime } from "../runtime.ts";
import { type EngineRuntime, type OpenEngineRuntime, replicasOf } from "../engine_runtime.ts";
import type { Padding } from "./padded_texts.ts";
import { PrebuiltEngine } from "./prebuilt_engine.ts";
import { type Findings, probe } from "./probe.ts";
import { TextRunner } from "./text_runner.ts";
import { prebuiltLimits } from "./together.ts";

const SESSION = "prebuilt";

/** How an engine computes. */
export interface PrebuiltOptions {
  readonly dimensions: {
    readonly hidden: number;
    readonly heads: number;
    readonly vocabulary: number;
    readonly labels: number;
  };
  readonly padding: Padding;
  /** The id that config.json says is padding. */
  readonly padId: number | undefined;
  /** What the file's weights are stored in, and its nodes compute in. */
  readonly dtype: ComputeDtype;
  /** @default "auto" */
  readonly device?: DeviceChoice;
  /** Threads of the CPU provider. @default every core */
  readonly threads?: number;
  /** @default openRuntime */
  readonly runtime?: OpenEngineRuntime;
}

/** An engine, and what was found out about its graph. */
export interface OpenedPrebuilt {
  readonly engine: Engine;
  readonly findings: Findings;
  /** Why its attention is not given out; absent where it is. */
  readonly missing?: string;
}

/**
 * @throws {AbacusError} `bad_model` where onnxruntime refuses the file or its logits do not fit the labels,
 * `bad_device` where no device works
 */
export async function openPrebuiltEngine(
  graph: PrebuiltGraph,
  options: PrebuiltOptions,
): Promise<OpenedPrebuilt> {
  const { device = "auto", threads = navigator.hardwareConcurrency, dtype } = options;
  let loaded: Loaded | undefined;
  const prove = async (runtime: EngineRuntime) => {
    loaded = await load(runtime, graph, options);
  };
  const runtime = await (options.runtime ?? openRuntime)({ device, threads, prove });
  try {
    const { onDevice, exposed, missing } = loaded!; // what was opened has been proved
    const runner = runnerOf(runtime, { graph, options, exposed });
    const findings = await orRefused(graph, () => findingsOf(runner, graph, options));
    const facts = { device: runtime.device, dtype, threads, ...replicasOf(runtime), onDevice };
    const limits = prebuiltLimits(options.dimensions);
    const parts = { runner, company: findings.company, limits };
    const engine = new PrebuiltEngine(runtime, parts, facts);
    return { engine, findings, ...(missing === undefined ? {} : { missing }) };
  } catch (error) {
    await runtime[Symbol.asyncDispose]();
    throw error;
  }
}

/** A session that is open. */
interface Loaded {
  readonly onDevice: number;
  /** Whether it gives its attention. */
  readonly exposed: boolean;
  readonly missing?: string;
}

/** Loads the graph with its attention; where that does not run, without. */
async function load(
  runtime: EngineRuntime,
  graph: PrebuiltGraph,
  options: PrebuiltOptions,
): Promise<Loaded> {
  const { attention } = graph;
  if ("missing" in attention) {
    return { ...await loadAs(runtime, { graph, options, exposed: false }), ...attention };
  }
  try {
    return await loadAs(runtime, { graph, options, exposed: true });
  } catch (error) {
    const plain = await loadAs(runtime, { graph, options, exposed: false });
    const words = messageOf(error).replace(/\s+/g, " ").slice(0, 200);
    return { ...plain, missing: `its last softmax is not over all tokens of a text: ${words}` };
  }
}

const warmUpText = { ids: Int32Array.of(0, 1, 0), rows: [0] };

/** A graph, and whether its attention is given out. */
interface Variant {
  readonly graph: PrebuiltGraph;
  readonly options: PrebuiltOptions;
  readonly exposed: boolean;
}

/** Loads it and runs a short text once. */
async function loadAs(
  runtime: EngineRuntime,
  variant: Variant,
): Promise<Pick<Loaded, "onDevice" | "exposed">> {
  const { graph, exposed } = variant;
  const runner = runnerOf(runtime, variant);
  try {
    const warmUp = runner.feeds([warmUpText]);
    const { onDevice } = await runtime.load(SESSION, sessionBytes(graph, { exposed }), { warmUp });
    return { onDevice, exposed };
  } catch (error) {
    if (exposed || runtime.device !== "cpu") throw error;
    throw refused(graph, error);
  }
}

/** What a runtime says of a graph that it has loaded and cannot run is the fault of the file. */
async function orRefused<Result>(
  graph: PrebuiltGraph,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof AbacusError ? error : refused(graph, error);
  }
}

function runnerOf(runtime: EngineRuntime, { graph, options, exposed }: Variant): TextRunner {
  const { inputs, logits } = graph.inputs;
  return new TextRunner(runtime, {
    session: SESSION,
    inputs,
    padding: options.padding,
    attention: exposed,
    logits: logits === "float32" ? "logits" : added.logits,
  });
}

async function findingsOf(
  runner: TextRunner,
  graph: PrebuiltGraph,
  { dimensions, padId, dtype }: PrebuiltOptions,
): Promise<Findings> {
  const { vocabulary, labels } = dimensions;
  const { answers: [answer] } = await runner.run([warmUpText]);
  const found = answer!.logits.length;
  if (found !== labels) {
    throw new AbacusError(
      "bad_model",
      `Cannot use ${graph.path} as a reward model as config.json has ${labels} labels: received ` +
        `${found} logits`,
    );
  }
  const isReduced = "weights" in graph.attention && graph.attention.isReduced;
  const tolerance = dtype === "float16" ? 2e-2 : 1e-4;
  return await probe(runner, { vocabulary, padId, isReduced, tolerance });
}

function refused({ path }: PrebuiltGraph, cause: unknown): AbacusError {
  const words = messageOf(cause).replace(/\s+/g, " ").slice(0, 300);
  const message = `Cannot load ${path} as onnxruntime refuses it: received ${words}`;
  return new AbacusError("bad_model", message, { cause });
}
