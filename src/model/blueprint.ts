/**
 * Blueprint: all that can be known of a model without computing: its architecture, its graph and an
 * account of every tensor. `inspect` shows it; loading goes on from it.
 *
 * @module
 */

import { adaptedConfig, adaptedTensors, refuseTiedHead } from "../adapters/adapter.ts";
import { AdaptedLedger } from "../adapters/adapted_ledger.ts";
import type { Architecture } from "../architectures/architecture.ts";
import { architectureOf } from "../architectures/registry.ts";
import { scoringGraph } from "../engine/passes/scoring.ts";
import type { ComputeDtype } from "../engine/engine.ts";
import type { Graph, Node } from "../onnx/graph.ts";
import { bodiesOf } from "../onnx/needed.ts";
import type { Checkpoint, ListedTensor } from "../weights/checkpoint.ts";
import { deriveCheckpoint } from "../weights/derived.ts";
import { Ledger } from "../weights/ledger.ts";
import { openCheckpoint } from "../weights/open.ts";
import { toFloat16 } from "../weights/to_float16.ts";
import { askedHead } from "./asked_head.ts";
import { readConfig } from "./config_file.ts";
import { refuseForeignTensors, refuseQuantised, refuseValueHead } from "./foreign_directory.ts";
import { type Inventory, inventoryOf } from "./inventory.ts";
import { type BaseOptions, findFiles, type ModelFiles } from "./model_files.ts";
import { pairNotes } from "./pair_notes.ts";
import { steppedRows, type StepSettings } from "./step_settings.ts";
import { pooledAt } from "./pool_at.ts";
import { notesOf } from "./tensor_notes.ts";

/** A model before anything runs. */
export interface Blueprint {
  readonly directory: string;
  /** The directories that it is read from, and its adapter. */
  readonly files: ModelFiles;
  /** The fields of its config.json, as they stand there, but for what an adapter changes. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly architecture: Architecture;
  /** What the graph computes in. */
  readonly dtype: ComputeDtype;
  /** Its weights are references into the checkpoint's files. */
  readonly graph: Graph;
  /** What the model reads its whole weights from: the directory's, or one derived from them. */
  readonly checkpoint: Checkpoint;
  /** The tensors that the graph uses. */
  readonly inventory: Inventory;
  /** Tensors that are stored and not needed, with the reason. */
  readonly ignored: readonly { readonly tensor: ListedTensor; readonly reason: string }[];
  /** Lines about what is read otherwise than it is spelled, for whoever starts the model. */
  readonly notes: readonly string[];
}

/** How a graph is written. */
export interface BlueprintOptions extends BaseOptions, StepSettings {
  /** @default "float32" */
  readonly dtype?: ComputeDtype;
  /**
   * Where weights are kept that were converted to the type to compute in. @default none are: the engine
   * converts them whenever it opens a session
   */
  readonly cache?: string | undefined;
  /** The class that the model is read as (`--architecture`). @default what its config.json tells */
  readonly architecture?: string | undefined;
  /** The head that the model is read with (`--head`), as {@linkcode askedHead}. @default the stored one */
  readonly head?: string | undefined;
  /** As {@linkcode PoolAtOptions.poolAt}. */
  readonly poolAt?: string | undefined;
  /** Whether prompt and completion are a pair of texts. @default a pair for encoders */
  readonly pair?: boolean | undefined;
}

/**
 * Reads config.json and the headers of the weights, and writes the graph.
 *
 * @throws {AbacusError} `bad_model` where the architecture is unknown, a file is broken, a tensor is
 * missing, unused or misshaped, or cannot be converted, and where the directory holds something else, such
 * as an adapter; `bad_usage` where the cache cannot be written or
 * `head` or `poolAt` names no token
 */
export async function readBlueprint(
  directory: string,
  options: BlueprintOptions = {},
): Promise<Blueprint> {
  const { dtype = "float32", cache, architecture: asked, head: named, poolAt, pair } = options;
  const files = await findFiles(directory, options);
  const { adapter } = files;
  const own = await readConfig(files.model);
  refuseQuantised(own);
  const checkpoint = await openCheckpoint(files.model);
  refuseForeignTensors(checkpoint);
  const config = adapter === undefined ? own : adaptedConfig(adapter, own);
  const tensors = adapter === undefined
    ? checkpoint.tensors
    : adaptedTensors(adapter, checkpoint.tensors);
  const head = await askedHead(named, files.tokenizer);
  if (head === undefined) refuseValueHead({ source: checkpoint.source, tensors }, config);
  const told = steppedRows(architectureOf(config, { asked, tensors, head }), options);
  const pooled = await pooledAt(told, { poolAt, directory: files.tokenizer });
  const architecture = readingAs(pair, pooled);
  const { trunk, head: { text } } = architecture;
  if (adapter !== undefined) refuseTiedHead(adapter, `${trunk.prefix}.${trunk.embeddings}`, text);
  const ledger = ledgerOf({ checkpoint, files }, architecture);
  const graph = scoringGraph(architecture, ledger, dtype);
  ledger.settle();
  const inventory = inventoryOf(ledger.taken);
  const { ignored } = ledger;
  const notes = [...notesOf(checkpoint.source, ledger), ...pairNotes(architecture, pair)];
  const stored = {
    directory,
    files,
    config,
    dtype,
    architecture,
    graph,
    checkpoint,
    inventory,
    ignored,
    notes,
  };
  return cache === undefined ? stored : await overConverted(stored, cache);
}

/** The architecture, reading prompt and completion as one text or as two. */
function readingAs(pair: boolean | undefined, architecture: Architecture): Architecture {
  return pair === undefined ? architecture : { ...architecture, input: pair ? "pair" : "joined" };
}

/**
 * A ledger that finds an architecture's tensors under every name that the checkpoint may give them, or in the
 * adapter.
 */
export function ledgerOf(
  { checkpoint, files: { adapter } }: Pick<Blueprint, "checkpoint" | "files">,
  { trunk: { prefix } }: Pick<Architecture, "trunk">,
): Ledger | AdaptedLedger {
  const ledger = new Ledger(checkpoint, { prefix });
  return adapter === undefined ? ledger : new AdaptedLedger(ledger, adapter);
}

/**
 * The same model over a checkpoint whose tensors are float16 where the graph casts them to it, so that
 * the engine reads half as many bytes and converts none. The numbers are the same: what the graph uses
 * in float32 as well, such as the weights of norms and of the head, stays as it is.
 */
async function overConverted(stored: Blueprint, cache: string): Promise<Blueprint> {
  const { architecture, dtype, graph, files } = stored;
  const names = castToFloat16(graph);
  if (names.size === 0) return stored;
  const { checkpoint } = await deriveCheckpoint(stored.checkpoint, toFloat16(names), cache);
  return {
    ...stored,
    checkpoint,
    graph: scoringGraph(architecture, ledgerOf({ checkpoint, files }, architecture), dtype),
  };
}

/** The stored tensors that a graph uses as float16 alone. */
function castToFloat16(graph: Graph): ReadonlySet<string> {
  const cast = new Set<string>();
  const wide = new Set<string>();
  const walk = (node: Node) => {
    const narrows = node.op === "Cast" && node.outputs[0]?.dtype === "float16";
    for (const input of node.inputs) {
      const weight = input && graph.weights.get(input);
      if (weight !== undefined) (narrows ? cast : wide).add(weight.name);
    }
    for (const body of bodiesOf(node)) body.nodes.forEach(walk);
  };
  graph.nodes.forEach(walk);
  return cast.difference(wide);
}
