/**
 * The frames of decoding, as a way to compute one block over one batch: a prefill of some length,
 * or none, and one token of every sequence after the other from there, each step on the caches that
 * the last one left behind.
 *
 * @module
 */

import { type Cache, decodeStep, prefill } from "../../src/layers/frames/decoding.ts";
import { paddedBatch } from "../../src/layers/frames/padded.ts";
import { Graph } from "../../src/onnx/graph.ts";
import type { Plain } from "../onnx/run_graph.ts";
import {
  type BlockCase,
  declareInputs,
  type FoundRow,
  inputFeeds,
  rowOf,
  runBlock,
  sideBySide,
  sideFeeds,
  writeBlock,
} from "./frame_block.ts";

/** The rows of every token; sequences that have ended are computed on, and not read. */
export async function decoded(block: BlockCase, prefilled: number): Promise<FoundRow[]> {
  const { length } = sideBySide(block);
  const rows: FoundRow[] = [];
  const add = (found: Plain, position: number, rowAt: (sequence: number) => number) => {
    for (const [sequence, ids] of block.sequences.entries()) {
      if (position >= ids.length) continue;
      rows.push({ sequence, position, numbers: rowOf(found, rowAt(sequence)) });
    }
  };
  let past = emptyCache(block);
  if (prefilled > 0) {
    const found = await readPrefix(block, prefilled);
    for (let position = 0; position < prefilled; position++) {
      add(found["inner"]!, position, (sequence) => sequence * prefilled + position);
    }
    add(found["last"]!, prefilled - 1, (sequence) => sequence);
    past = cacheOf(found);
  }
  for (let position = prefilled; position < length; position++) {
    const found = await step(block, { past, position });
    add(found["found"]!, position, (sequence) => sequence);
    past = cacheOf(found);
  }
  return rows;
}

type Past = Readonly<Record<"keys" | "values", Plain>>;

function emptyCache({ spec: { kvHeads, width }, sequences: { length: batch } }: BlockCase): Past {
  return {
    keys: { dims: [batch, kvHeads, width, 0], data: [] },
    values: { dims: [batch, kvHeads, 0, width], data: [] },
  };
}

/** Of the layers, which all hold the same here, the last. */
function cacheOf(found: Readonly<Record<string, Plain>>): Past {
  return { keys: found["last keys"]!, values: found["last values"]! };
}

function giveOut(graph: Graph, layer: string, { keys, values }: Cache): void {
  graph.output(`${layer} keys`, keys);
  graph.output(`${layer} values`, values);
}

/** Two layers: the last of them computes the last token of each sequence only. */
async function readPrefix(block: BlockCase, count: number) {
  const graph = new Graph("prefill");
  const batch = block.sequences.length;
  const length = { name: "length", value: graph.input("length", "int64", []) };
  const padded = paddedBatch(graph, { batch, length });
  const { frame, caches } = prefill({ batch, padded, length, layers: 2 });
  const inputs = declareInputs(graph, block, "tokens");
  for (const [layer, name] of ["inner", "last"].entries()) {
    graph.output(name, writeBlock(block, frame(layer), inputs).output);
    giveOut(graph, name, caches[layer]!);
  }
  const places = block.sequences.map((_, sequence) =>
    Array.from({ length: count }, (_, position) => sequence * count + position)
  );
  return await runBlock(graph, { ...sideFeeds(block, count), ...inputFeeds(block, places) });
}

async function step(block: BlockCase, { past, position }: { past: Past; position: number }) {
  const graph = new Graph("step");
  const { spec: { kvHeads, width }, sequences: { length: batch } } = block;
  const cache = {
    keys: graph.input("keys", "float32", [batch, kvHeads, width, "?"]),
    values: graph.input("values", "float32", [batch, kvHeads, "?", width]),
  };
  const data = [...Array(batch).keys()];
  const rows = graph.constant({ dtype: "int64", shape: [1, batch], data });
  const { frame, caches } = decodeStep({ batch, past: [cache], rows });
  graph.output("found", writeBlock(block, frame(0), declareInputs(graph, block, batch)).output);
  giveOut(graph, "last", caches[0]!);
  const places = block.sequences.map((_, sequence) => ({ [position]: sequence }));
  return await runBlock(graph, { ...past, ...inputFeeds(block, places) });
}
