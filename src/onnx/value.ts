/**
 * Value: an opaque handle on one tensor of a graph, with its element type and shape.
 *
 * Handles, never strings, travel between layers: a typo cannot compile and a name cannot clash. Only
 * `Graph` makes values, and only the functions in `ops/` ask it to.
 *
 * @module
 */

import type { Graph } from "./graph.ts";

/** Element types that graphs use. */
export type Dtype =
  | "float64" // on CPUs alone: stored weights are cast, and sums that must be the same everywhere are made in it
  | "float32"
  | "float16"
  | "bfloat16"
  | "int64"
  | "int32"
  | "int8"
  | "uint8"
  | "bool";

/** An extent: a number, or the name of one that is known only when the graph runs. */
export type Dim = number | string;

/** Extents from the outermost to the innermost. */
export type Shape = readonly Dim[];

/** An extent without a name, known only at run time. Two of them may differ. */
export const UNKNOWN = "?";

/** Element type and shape: all that a shape rule sees of a value. */
export interface Facts {
  readonly dtype: Dtype;
  readonly shape: Shape;
}

/** One tensor of a graph. */
export class Value implements Facts {
  readonly dtype: Dtype;
  readonly shape: Shape;
  /** The graph that holds it; a loop's body may read the values of the graphs around it. */
  readonly graph: Graph;
  /** Unique within the outermost graph; for printing and serialising only. */
  readonly label: string;

  /** @ignore Use `Graph` and the functions in `ops/`. */
  constructor(graph: Graph, label: string, facts: Facts) {
    this.graph = graph;
    this.label = label;
    this.dtype = facts.dtype;
    this.shape = facts.shape;
  }

  get rank(): number {
    return this.shape.length;
  }

  /** The extent at `axis`; negative axes count from the end. */
  dim(axis: number): Dim {
    const dim = this.shape.at(axis);
    if (dim !== undefined) return dim;
    throw new RangeError(
      `Cannot read an extent as the axis is not there: received ${axis} of ${describe(this)}`,
    );
  }
}

/** `float32[tokens, 768]`, as error messages and printed graphs show a value. */
export function describe(facts: Facts): string {
  return `${facts.dtype}[${facts.shape.join(", ")}]`;
}
