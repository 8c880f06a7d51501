/**
 * Blueprint: all that can be known of a model without computing: its architecture, its graph and an
 * account of every tensor. `inspect` shows it; loading goes on from it.
 *
 * @module
 */

import type { Architecture } from "../architectures/architecture.ts";
import { architectureOf } from "../architectures/registry.ts";
import { scoringGraph } from "../engine/passes/scoring.ts";
import type { ComputeDtype } from "../engine/engine.ts";
import type { Graph } from "../onnx/graph.ts";
import type { Checkpoint, ListedTensor } from "../weights/checkpoint.ts";
import { Ledger } from "../weights/ledger.ts";
import { openCheckpoint } from "../weights/open.ts";
import { readConfig } from "./config_file.ts";
import { type Inventory, inventoryOf } from "./inventory.ts";

/** A model before anything runs. */
export interface Blueprint {
  readonly directory: string;
  readonly architecture: Architecture;
  /** What the graph computes in. */
  readonly dtype: ComputeDtype;
  /** Its weights are references into the checkpoint's files. */
  readonly graph: Graph;
  readonly checkpoint: Checkpoint;
  /** The tensors that the graph uses. */
  readonly inventory: Inventory;
  /** Tensors that are stored and not needed, with the reason. */
  readonly ignored: readonly { readonly tensor: ListedTensor; readonly reason: string }[];
}

/** How a graph is written. */
export interface BlueprintOptions {
  /** @default "float32" */
  readonly dtype?: ComputeDtype;
}

/**
 * Reads config.json and the headers of the weights, and writes the graph.
 *
 * @throws {AbacusError} `bad_model` where the architecture is unknown, a file is broken or a tensor is
 * missing, unused or misshaped
 */
export async function readBlueprint(
  directory: string,
  { dtype = "float32" }: BlueprintOptions = {},
): Promise<Blueprint> {
  const architecture = architectureOf(await readConfig(directory));
  const checkpoint = await openCheckpoint(directory);
  const ledger = new Ledger(checkpoint);
  const graph = scoringGraph(architecture, ledger, dtype);
  ledger.settle();
  const inventory = inventoryOf(ledger.taken);
  return { directory, dtype, architecture, graph, checkpoint, inventory, ignored: ledger.ignored };
}
