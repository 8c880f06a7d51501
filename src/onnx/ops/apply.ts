/**
 * The one step that every operator function takes: find the graph, emit the node, return its output.
 *
 * @module
 */

import type { EmitOptions, Graph } from "../graph.ts";
import type { OpName } from "../shapes.ts";
import type { Dtype, Value } from "../value.ts";

/** A value, or a number that becomes a constant of the other operand's element type. */
export type Operand = Value | number;

/**
 * The graph that a node reading `values` belongs in: the innermost of theirs. A node whose inputs all
 * stand outside a loop therefore stands outside it too.
 */
export function graphOf(values: readonly (Value | undefined)[]): Graph {
  let innermost: Graph | undefined;
  for (const value of values) {
    if (value === undefined) continue;
    if (innermost === undefined || value.graph.within(innermost)) innermost = value.graph;
  }
  if (innermost === undefined) throw new TypeError("Cannot apply an operator to no value");
  return innermost;
}

/** Applies an operator with one output. */
export function apply(
  op: OpName,
  inputs: readonly (Value | undefined)[],
  options: EmitOptions = {},
): Value {
  const [output] = graphOf(inputs).emit(op, inputs, options);
  if (output === undefined) throw new TypeError(`Cannot use ${op} as it has no output`);
  return output;
}

/** An operand as a value: numbers become constants of element type `dtype` in `graph`. */
export function lift(operand: Operand, dtype: Dtype, graph: Graph): Value {
  return typeof operand === "number" ? graph.scalar(dtype, operand) : operand;
}
