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
import { type AttentionForm, scoringGraph } from "../engine/passes/scoring.ts";
import type { ComputeDtype, ModelDtype } from "../engine/engine.ts";
import type { Graph } from "../onnx/graph.ts";
import type { Checkpoint, ListedTensor } from "../weights/checkpoint.ts";
import { messageOf } from "../errors.ts";
import { isFull } from "../weights/derived.ts";
import { Ledger } from "../weights/ledger.ts";
import { openCheckpoint } from "../weights/open.ts";
import type { OnConverted } from "../weights/watched.ts";
import { weightsDigest } from "../weights/weights_digest.ts";
import { askedHead } from "./asked_head.ts";
import { readConfig } from "./config_file.ts";
import { overFloat16, overInt8 } from "./converted_weights.ts";
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
  /** What the graph computes in, but for linear layers in int8. */
  readonly dtype: ComputeDtype;
  /** Its weights are references into the checkpoint's files. */
  readonly graph: Graph;
  /** What the model reads its whole weights from: the directory's, or one derived from them. */
  readonly checkpoint: Checkpoint;
  /** The tensors that the graph uses. */
  readonly inventory: Inventory;
  /** Of the stored weights, as {@linkcode weightsDigest}. */
  readonly digest: string;
  /** Tensors that are stored and not needed, with the reason. */
  readonly ignored: readonly { readonly tensor: ListedTensor; readonly reason: string }[];
  /** Lines about what is read otherwise than it is spelled, for whoever starts the model. */
  readonly notes: readonly string[];
}

/** How a graph is written. */
export interface BlueprintOptions extends BaseOptions, StepSettings {
  /** What products are computed in; with `int8` all else is float32. @default "float32" */
  readonly dtype?: ModelDtype;
  /** As {@linkcode ScoringForm.attention}. @default "tiles" */
  readonly attention?: AttentionForm | undefined;
  /**
   * Where weights are kept that were converted to the type to compute in. @default for `int8` a folder beside
   * the model; else none are: the engine converts them whenever it opens a session
   */
  readonly cache?: string | undefined;
  /** As {@linkcode Int8Options.largestLoss}. @default LARGEST_LOSS */
  readonly largestLoss?: number | undefined;
  /** Told how far weights are converted that the cache did not have. */
  readonly onConverted?: OnConverted | undefined;
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
  const { dtype: products = "float32", architecture: asked, head: named, poolAt, pair } = options;
  const { attention } = options;
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
  const dtype = products === "int8" ? "float32" : products;
  const graph = scoringGraph(architecture, ledger, { dtype, attention });
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
    digest: await weightsDigest(ledger.taken),
    ignored,
    notes,
  };
  return await converted(stored, options);
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

/** Some models lose too much by it, and nothing tells which ahead of a measurement. */
const INT8 =
  "computed in int8, which changes scores: inspect --fidelity FILE --dtype int8 tells how far";

/** The same model over weights in the type that its products are computed in, where they are stored again. */
async function converted(
  stored: Blueprint,
  { dtype, cache, onConverted, largestLoss }: Pick<
    BlueprintOptions,
    "dtype" | "cache" | "onConverted" | "largestLoss"
  >,
): Promise<Blueprint> {
  const { files } = stored;
  const ledger = (checkpoint: Checkpoint) => ledgerOf({ checkpoint, files }, stored.architecture);
  const written = { ...stored, ledger };
  if (dtype === "int8") {
    const place = { cache, directory: files.model, onConverted };
    const { note, ...over } = await overInt8(written, { ...place, largestLoss });
    return {
      ...stored,
      ...over,
      notes: [...stored.notes, INT8, ...(note === undefined ? [] : [note])],
    };
  }
  if (dtype !== "float16" || cache === undefined) return stored;
  try {
    return { ...stored, ...await overFloat16(written, { cache, onConverted }) };
  } catch (error) {
    if (!isFull(error)) throw error;
    const note = `${messageOf(error)}; its weights are converted whenever they are read`;
    return { ...stored, notes: [...stored.notes, note] };
  }
}
