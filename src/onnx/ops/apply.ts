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

/** An operator on two operands, one of which may be a number. */
export interface Binary {
  (a: Value, b: Operand): Value;
  (a: Operand, b: Value): Value;
}

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

/** Applies an operator for its first output; optional ones are not computed. */
export function apply(
  op: OpName,
  inputs: readonly (Value | undefined)[],
  options: EmitOptions = {},
): Value {
  const [output] = graphOf(inputs).emit(op, inputs, { ...options, outputs: 1 });
  if (output === undefined) throw new TypeError(`Cannot use ${op} as it has no output`);
  return output;
}

/** An operand as a value: numbers become constants of element type `dtype` in `graph`. */
export function lift(operand: Operand, dtype: Dtype, graph: Graph): Value {
  return typeof operand === "number" ? graph.scalar(dtype, operand) : operand;
}

/** The function that applies an operator with one input. */
export function unary(op: OpName): (x: Value) => Value {
  return (x) => apply(op, [x]);
}

/** The function that applies an operator with two operands. */
export function binary(op: OpName): Binary {
  return (a: Operand, b: Operand) => {
    const value = typeof a === "number" ? b : a;
    if (typeof value === "number") {
      throw new TypeError(`Cannot apply ${op} to two numbers: received ${a} and ${b}`);
    }
    return apply(op, [lift(a, value.dtype, value.graph), lift(b, value.dtype, value.graph)]);
  };
}
