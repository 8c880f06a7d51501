/**
 * Parameters over a checkpoint that is written for one test.
 *
 * @module
 */

import type { Graph } from "../../src/onnx/graph.ts";
import { Parameters } from "../../src/layers/parameters.ts";
import { storedWeights } from "../../src/layers/stored_weights.ts";
import { Ledger } from "../../src/weights/ledger.ts";
import { openCheckpoint } from "../../src/weights/open.ts";
import { temporaryDirectory, type TestTensor, writeCheckpoint } from "../support/checkpoint.ts";

/** Parameters of `graph` out of a directory that goes away at the end of the block. */
export async function storedParameters(
  graph: Graph,
  tensors: readonly TestTensor[],
): Promise<AsyncDisposable & { readonly parameters: Parameters; readonly ledger: Ledger }> {
  const directory = await temporaryDirectory();
  await writeCheckpoint(directory.path, tensors);
  const ledger = new Ledger(await openCheckpoint(directory.path));
  return {
    ledger,
    parameters: new Parameters(storedWeights(graph, ledger, "float32")),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}
