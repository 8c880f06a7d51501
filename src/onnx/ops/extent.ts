/**
 * Extents as layers give them: numbers, sizes that the runtime computes, and whatever is left.
 *
 * @module
 */

import type { Dim, Value } from "../value.ts";
import { apply, graphOf } from "./apply.ts";

/** An extent that the runtime computes, int64 and scalar or a vector of one, with a name to print. */
export interface Size {
  readonly name: string;
  readonly value: Value;
}

/** The one extent of a reshape that is whatever is left, under a name to print. */
export interface Rest {
  readonly rest: string;
}

/** An extent to reshape to. */
export type Extent = number | Size | Rest;

/** An extent as shapes show it. */
export function dimOf(extent: Extent): Dim {
  if (typeof extent === "number") return extent;
  return "rest" in extent ? extent.rest : extent.name;
}

/** Extents as an int64 vector: a constant where all are numbers, else joined when the graph runs. */
export function vector(x: Value, extents: readonly Extent[]): Value {
  const graph = graphOf([x]);
  const known = extents.map((extent) => {
    if (typeof extent === "number") return extent;
    return "rest" in extent ? -1 : undefined;
  });
  const numbers = known.filter((extent) => extent !== undefined);
  if (numbers.length === extents.length) return graph.integers(numbers);
  const parts = extents.map((extent, i) =>
    typeof extent === "object" && "value" in extent
      ? entry(extent.value)
      : graph.integers([known[i] ?? -1])
  );
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  return apply("Concat", parts, { attributes: { axis: { int: 0 } } });
}

/** A size as a scalar, whether it is one or a vector of one. */
export function scalarOf({ value }: Size): Value {
  return value.rank === 0 ? value : apply("Reshape", [value, value.graph.integers([])]);
}

function entry(size: Value): Value {
  return size.rank === 1 ? size : apply("Reshape", [size, size.graph.integers([1])]);
}
