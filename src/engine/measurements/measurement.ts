/**
 * Measurement: something read off the model beyond the head's outputs, one number per token of a
 * sequence. What a credit method may ask for.
 *
 * A measurement is a file beside this one and a line in `registry.ts`. It is read either off the
 * scoring pass, or by a pass of its own over whole sequences, whose session is opened when the first
 * query asks for it.
 *
 * @module
 */

import type { Architecture } from "../../architectures/architecture.ts";
import type { AttentionSpec } from "../../layers/attention.ts";
import type { Projections } from "../../layers/frames/frame.ts";
import type { PaddedBatch } from "../../layers/frames/padded.ts";
import type { TreeBatch } from "../../layers/frames/tree.ts";
import type { Parameters } from "../../layers/parameters.ts";
import type { Graph } from "../../onnx/graph.ts";
import type { Size } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import type { TokenTree } from "../../tree/token_tree.ts";
import type { Outputs } from "../arrays.ts";

/** A measurement that the scoring graph gives out beside its logits. */
export interface ScoringMeasurement {
  readonly pass: "scoring";
  /** What is measured, as errors name it. */
  readonly what: string;
  /** Adds the measurement's output to the graph. */
  write(graph: Graph, batch: TreeBatch, last: LastLayer): void;
  /** The numbers of one query, one per token of its sequence. */
  read(
    outputs: Outputs,
    tree: TokenTree,
    query: { readonly index: number; readonly length: number },
  ): Float32Array;
}

/** How the last layer attends. */
export interface LastLayer {
  readonly projections: Projections;
  readonly spec: AttentionSpec;
}

/** A measurement with a graph of its own. */
export interface OwnPassMeasurement {
  readonly pass: "own";
  readonly what: string;
  /** How the pass is run along a path of embeddings. @default it is run once, on the sequence as it is */
  readonly path?: PathRule;
  /**
   * Writes the graph.
   *
   * @returns one number per token, `[tokens]`, or the same count of them for each, `[tokens, count]`
   * @throws {TypeError} where the family uses an operator that the measurement cannot deal with
   */
  write(inputs: PassInputs): Value;
}

/** How many steps a path is divided into: as few as will do, doubled until they do. */
export interface PathRule {
  readonly fewest: number;
  readonly most: number;
  /**
   * How far the tokens' numbers may be from adding up to what the score gains along the path, in parts of the
   * sum of their sizes.
   */
  readonly residual: number;
  /** How much of that sum half as many steps may change: the right sum may be one by chance. */
  readonly change: number;
}

/** What the graph of an own pass is written from. */
export interface PassInputs {
  readonly architecture: Architecture;
  /** The root of the checkpoint's names. */
  readonly parameters: Parameters;
  /** Sequences side by side, padded to one length. */
  readonly batch: PaddedBatch;
  /** The length that sequences are padded to. */
  readonly length: Size;
  /** The pooled state of each sequence, `float32[batch, hidden]`, of states `[tokens, hidden]`. */
  pool(states: Value): Value;
  /** The state that the head's gate reads, likewise; undefined where it has none. */
  gate(states: Value): Value | undefined;
  /** Of each sequence, the weight of each of its tokens in the pooled state: `[batch, length]`. */
  poolWeights(): Value;
  /** How far each token has come on a path, 0 to 1, `float32[tokens]`; declared once it is read. */
  share(): Value;
  /** What each label weighs in the score. */
  readonly labelWeights: readonly number[];
}

/** One of either kind. */
export type Measurement = ScoringMeasurement | OwnPassMeasurement;
