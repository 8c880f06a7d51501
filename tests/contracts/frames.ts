/**
 * Every frame there is, each as a way to compute one block over one batch: how it is fed, and where
 * its rows come out.
 *
 * @module
 */

import type { AttentionForm } from "../../src/layers/frames/attention_form.ts";
import { paddedAttention, paddedBatch, type PaddedShape } from "../../src/layers/frames/padded.ts";
import { raggedBatch } from "../../src/layers/frames/ragged.ts";
import { treeBatch } from "../../src/layers/frames/tree.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { type TokenTree, tokenTree, type Wanted } from "../../src/tree/token_tree.ts";
import { type AttentionKind, visibleWindow } from "../../src/tree/window.ts";
import { treeFeeds } from "../layers/frames/tree_feeds.ts";
import type { Plain } from "../onnx/run_graph.ts";
import { decoded } from "./decoding_frames.ts";
import {
  type BlockCase,
  declareInputs,
  type FoundRow,
  inputFeeds,
  integers,
  rowOf,
  runBlock,
  sideBySide,
  sideFeeds,
  writeBlock,
} from "./frame_block.ts";

/** One way to lay a batch out. */
export interface FrameSubject {
  readonly kinds: readonly AttentionKind[];
  run(block: BlockCase): Promise<FoundRow[]>;
}

const anyKind = ["causal", "bidirectional"] as const;

/** The frames of `src/layers/frames/`, in the ways in which they are used. */
export const frames: Readonly<Record<string, FrameSubject>> = {
  "the tree of a served batch": { kinds: anyKind, run: (block) => inTree(block, "tiles") },
  "the tree, attended at once": { kinds: anyKind, run: (block) => inTree(block, "dense") },
  "the tree, attended in fused operators": {
    kinds: ["causal"],
    run: (block) => inTree(block, "fused"),
  },
  "a padded batch of known extents": {
    kinds: anyKind,
    run: (block) => inPadding(block, { known: true }),
  },
  "a padded batch of fed extents": {
    kinds: anyKind,
    run: (block) => inPadding(block, { known: false }),
  },
  "a ragged batch": { kinds: ["causal"], run: inRagged },
  "decoding from the first token": { kinds: ["causal"], run: (block) => decoded(block, 0) },
  "decoding from a prefill of two tokens": {
    kinds: ["causal"],
    run: (block) => decoded(block, 2),
  },
};

/** Both layers of the serving frames: the inner one at every token, the last one at some. */
async function inTree(block: BlockCase, form: AttentionForm): Promise<FoundRow[]> {
  const window = visibleWindow(block.spec, block.kind);
  const limit = { bytes: form === "tiles" ? 0 : 1e6, perPair: 1, perPlace: 1 };
  const options = {
    sharing: { tokensPerBranch: 0, sharesUpTo: Infinity },
    tiles: { maxPairs: 12, pairsPerTile: 0 },
    windows: [window, window],
    oneTile: limit,
    wholeTexts: limit,
  };
  const wanted = block.sequences.map((ids): Wanted => {
    const rows = [0, ids.length - 1].slice(0, ids.length);
    return { ids: Int32Array.from(ids), rows, attend: rows };
  });
  const every = tokenTree(wanted.map((each) => ({ ...each, rows: [...each.ids.keys()] })), options);
  const places = every.rowsOf.map((rows) => Array.from(rows, (row) => every.queryRows[row]!));
  const tree = tokenTree(wanted, options);

  const graph = new Graph("tree");
  const batch = treeBatch(graph, block.kind, form);
  const inputs = declareInputs(graph, block, "tokens");
  const last = writeBlock(block, batch.last, inputs);
  graph.output("inner", writeBlock(block, batch.inner, inputs).output);
  graph.output("last", last.output);
  graph.output("weights", batch.attentionRows(last.projections, block.spec));
  const found = await runBlock(graph, { ...treeFeeds(graph, tree), ...inputFeeds(block, places) });
  return [...rowsAt(found["inner"]!, places), ...lastRows(found, { wanted, tree })];
}

function lastRows(
  found: Readonly<Record<string, Plain>>,
  { wanted, tree }: { wanted: readonly Wanted[]; tree: TokenTree },
): FoundRow[] {
  return wanted.flatMap(({ ids, rows }, sequence) =>
    rows.map((position, i) => {
      const place = tree.attentionRowsOf[sequence]![i]!;
      const before = Array<number>(tree.attention.starts[place]!).fill(0);
      const after = Array<number>(ids.length).fill(0);
      const weights = [...before, ...rowOf(found["weights"]!, place), ...after];
      return {
        sequence,
        position,
        numbers: rowOf(found["last"]!, tree.rowsOf[sequence]![i]!),
        weights: weights.slice(0, ids.length),
      };
    })
  );
}

async function inPadding(block: BlockCase, { known }: { known: boolean }): Promise<FoundRow[]> {
  const graph = new Graph("padded");
  const { batch, length, places } = sideBySide(block);
  const extents = known
    ? { batch, length }
    : { length: { name: "length", value: graph.input("length", "int64", []) } };
  const shape: PaddedShape = { ...extents, attention: block.kind };
  const { frame, lengths } = paddedBatch(graph, shape);
  const inputs = declareInputs(graph, block, known ? batch * length : "tokens");
  const { output, projections } = writeBlock(block, frame, inputs);
  graph.output("found", output);
  graph.output("weights", paddedAttention(graph, shape, lengths).mean(projections, block.spec));
  const feeds = { ...sideFeeds(block), ...inputFeeds(block, places, batch * length) };
  const found = await runBlock(graph, feeds);
  return rowsAt(found["found"]!, places).map((row) => ({
    ...row,
    weights: weightsOf(found["weights"]!, places[row.sequence]!, row.position),
  }));
}

async function inRagged(block: BlockCase): Promise<FoundRow[]> {
  const graph = new Graph("ragged");
  const { batch, length, places: padded } = sideBySide(block);
  const { frame, meanAttention } = raggedBatch(graph, { batch, length });
  const inputs = declareInputs(graph, block, "tokens");
  const { output, projections } = writeBlock(block, frame, inputs);
  graph.output("found", output);
  graph.output("weights", meanAttention(projections, block.spec));
  const count = padded.flat().length;
  let next = 0;
  const places = padded.map((own) => own.map(() => next++));
  const slots = Array<number>(batch * length).fill(count - 1);
  padded.flat().forEach((place, token) => slots[place] = token);
  const perToken = integers(Array<number>(count).fill(0));
  const found = await runBlock(graph, {
    slots: integers(slots),
    places: integers(padded.flat()),
    iota: integers([...Array(count).keys()], "int64"),
    ids: perToken,
    positions: perToken,
    ...inputFeeds(block, places),
  });
  return rowsAt(found["found"]!, places).map((row) => ({
    ...row,
    weights: weightsOf(found["weights"]!, padded[row.sequence]!, row.position),
  }));
}

function rowsAt(found: Plain, places: readonly (readonly number[])[]): FoundRow[] {
  return places.flatMap((own, sequence) =>
    own.map((row, position) => ({ sequence, position, numbers: rowOf(found, row) }))
  );
}

function weightsOf(weights: Plain, places: readonly number[], position: number): number[] {
  return rowOf(weights, places[position]!).slice(0, places.length);
}
