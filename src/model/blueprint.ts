/**
 * Blueprint: all that can be known of a model without computing: its architecture, its graph and an
 * account of every tensor. `inspect` shows it; loading goes on from it.
 *
 * @module
 */

import type { Architecture } from "../architectures/architecture.ts";
import { architectureOf } from "../architectures/registry.ts";
import { scoringGraph } from "../engine/passes/scoring.ts";
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
  /** Its weights are references into the checkpoint's files. */
  readonly graph: Graph;
  readonly checkpoint: Checkpoint;
  /** The tensors that the graph uses. */
  readonly inventory: Inventory;
  /** Tensors that are stored and not needed, with the reason. */
  readonly ignored: readonly { readonly tensor: ListedTensor; readonly reason: string }[];
}

/**
 * Reads config.json and the headers of the weights, and writes the graph.
 *
 * @throws {AbacusError} `bad_model` where the architecture is unknown, a file is broken or a tensor is
 * missing, unused or misshaped
 */
export async function readBlueprint(directory: string): Promise<Blueprint> {
  const architecture = architectureOf(await readConfig(directory));
  const checkpoint = await openCheckpoint(directory);
  const ledger = new Ledger(checkpoint);
  const graph = scoringGraph(architecture, ledger);
  ledger.settle();
  const inventory = inventoryOf(ledger.taken);
  return { directory, architecture, graph, checkpoint, inventory, ignored: ledger.ignored };
}
