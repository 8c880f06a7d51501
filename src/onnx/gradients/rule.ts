/**
 * What gradient rules have in common: what they are given, what they give back, how they refuse.
 *
 * @module
 */

import type { Node } from "../graph.ts";
import { describe, type Value } from "../value.ts";

/** A node on the way from what is differentiated by to the loss. */
export interface Backward {
  readonly node: Node;
  /** The first of the node's outputs that the loss depends on. */
  readonly output: Value;
  /**
   * The gradient of that output. It may be narrower than the output wherever it broadcasts to it:
   * what is the same along an axis is not repeated before a rule needs it repeated.
   */
  readonly gradient: Value;
  /** The gradient of every output; undefined where the loss does not depend on it. */
  readonly gradients: readonly (Value | undefined)[];
}

/**
 * What one use of a value adds to its gradient. None of them runs unless that gradient is wanted:
 *
 * - a function gives a value that broadcasts to the shape of what is differentiated by;
 * - `onto` takes what other uses added so far, if any, and gives the sum with its own;
 * - `into` does the same with a sum of full shape, zeros at first, and comes last;
 * - `part` is what a range of one axis gets, the rest getting nothing.
 */
export type Contribution =
  | (() => Value)
  | { readonly onto: (sum: Value | undefined) => Value }
  | { readonly into: (sum: Value) => Value }
  | { readonly part: Part };

/** The gradient of the entries `start` to `end` of one axis, of full shape along all others. */
export interface Part {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly gradient: () => Value;
}

/** What a node adds to the gradient of each of its inputs; undefined where it has no derivative. */
export type GradientRule = (at: Backward) => readonly (Contribution | undefined)[];

/** The input at `index`, which the shape rule has seen to be there. */
export function operand({ node }: Pick<Backward, "node">, index: number): Value {
  const value = node.inputs[index];
  if (value === undefined) throw refusal(node, `its input ${index} is missing`);
  return value;
}

/** The rule of an operator with one input, given its gradient. */
export function unary(gradientOf: (x: Value, at: Backward) => Value): GradientRule {
  return (at) => [() => gradientOf(operand(at, 0), at)];
}

/** An error that names the operator, the reason, what it makes and from what. */
export function refusal({ op, inputs, outputs }: Node, reason: string): TypeError {
  const made = outputs.map(({ label }) => label).join(", ");
  const received = inputs.map((value) => value === undefined ? "-" : describe(value)).join(", ");
  return new TypeError(
    `Cannot differentiate ${op} that makes ${made} as ${reason}: received ${received || "nothing"}`,
  );
}
