/**
 * One block over one batch, as it is given to every frame: what is compared with attention written
 * out.
 *
 * @module
 */

import type { AttentionSpec } from "../../src/layers/attention.ts";
import type { Frame, Projections } from "../../src/layers/frames/frame.ts";
import type { Graph } from "../../src/onnx/graph.ts";
import { add } from "../../src/onnx/ops.ts";
import type { Value } from "../../src/onnx/value.ts";
import type { AttentionKind } from "../../src/tree/window.ts";
import { type Plain, runGraph } from "../onnx/run_graph.ts";

/** A batch, and a block over it. */
export interface BlockCase {
  readonly spec: AttentionSpec;
  readonly kind: AttentionKind;
  /** The ids of each sequence; where two begin alike, so does what is held per token. */
  readonly sequences: readonly (readonly number[])[];
  /** What the block reads of each token, by name: `heads * width` numbers each, `x` among them. */
  readonly inputs: Readonly<
    Record<string, (sequence: number, position: number) => readonly number[]>
  >;
  /** What attends, of the inputs by name. */
  projections(frame: Frame, inputs: Inputs): Projections;
}

/** The inputs of a block in a graph: `[tokens, heads * width]`. */
export type Inputs = Readonly<Record<string, Value>>;

/** One row that a frame computed. */
export interface FoundRow {
  readonly sequence: number;
  readonly position: number;
  readonly numbers: readonly number[];
  /**
   * The attention of the row, averaged over heads, where the frame gives it: one per token of the
   * sequence.
   */
  readonly weights?: readonly number[];
}

/** `x` and what attention adds to it, at the rows of the frame. */
export function writeBlock(
  { spec, projections }: BlockCase,
  frame: Frame,
  inputs: Inputs,
): { output: Value; projections: Projections } {
  const projected = projections(frame, inputs);
  return {
    output: add(frame.select(inputs["x"]!), frame.attend(projected, spec)),
    projections: projected,
  };
}

/** Declares what the block reads. */
export function declareInputs(
  graph: Graph,
  { inputs, spec }: BlockCase,
  tokens: number | string,
): Inputs {
  return Object.fromEntries(
    Object.keys(inputs).map((name) => [
      name,
      graph.input(name, "float32", [tokens, spec.heads * spec.width]),
    ]),
  );
}

/** By sequence and position, the row of a token in a frame. */
export type Places = readonly Readonly<Record<number, number>>[];

/**
 * What the block reads with each token in its row; rows that hold no token are filled with large
 * numbers.
 */
export function inputFeeds(
  { inputs, spec }: BlockCase,
  places: Places,
  rows = 1 + Math.max(...places.flatMap((own) => Object.values(own))),
): Record<string, Plain> {
  const columns = spec.heads * spec.width;
  return Object.fromEntries(
    Object.entries(inputs).map(([name, numbers]) => {
      const data = Array<number>(rows * columns).fill(9);
      for (const [sequence, own] of places.entries()) {
        for (const [position, row] of Object.entries(own)) {
          data.splice(row * columns, columns, ...numbers(sequence, Number(position)));
        }
      }
      return [name, { dims: [rows, columns], data }];
    }),
  );
}

/**
 * Runs a graph, for some of whose inputs it may have no use, with those of the feeds that it
 * declares.
 */
export async function runBlock(
  graph: Graph,
  feeds: Readonly<Record<string, Plain>>,
): Promise<Readonly<Record<string, Plain>>> {
  for (const value of graph.inputs) graph.output(`${value.label}, unchanged`, value);
  const declared = new Set(graph.inputs.map(({ label }) => label));
  const own = Object.entries(feeds).filter(([name]) => declared.has(name));
  return await runGraph(graph, Object.fromEntries(own));
}

/** Sequences side by side, each with room for the longest: the rows of their tokens. */
export function sideBySide({ sequences }: BlockCase) {
  const length = Math.max(...sequences.map(({ length }) => length));
  const places = sequences.map((ids, i) => ids.map((_, position) => i * length + position));
  return { batch: sequences.length, length, places };
}

/** What frames that lay sequences side by side read beside what the block does. */
export function sideFeeds(
  block: BlockCase,
  length: number = sideBySide(block).length,
): Record<string, Plain> {
  const lengths = block.sequences.flatMap(({ length: own }) => Array<number>(length).fill(own));
  const counted = [...lengths.keys()];
  return {
    length: { dims: [], data: [length], dtype: "int64" },
    ids: integers(counted),
    positions: integers(counted.map((place) => place % length)),
    lengths: integers(lengths),
    iota: integers(counted, "int64"),
  };
}

/** A list of whole numbers. */
export function integers(data: readonly number[], dtype: "int32" | "int64" = "int32"): Plain {
  return { dims: [data.length], data, dtype };
}

/** The row of a matrix, or of several behind one another. */
export function rowOf({ dims, data }: Plain, row: number): number[] {
  const columns = dims.at(-1) ?? 0;
  return data.slice(row * columns, (row + 1) * columns);
}
