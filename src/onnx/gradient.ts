/**
 * Gradient: reverse-mode differentiation of a graph, as nodes of the same graph.
 *
 * The walk goes once through the nodes from the loss backwards, and only over those that lie between
 * what is differentiated by and the loss: other branches cost nothing and need no rule. It knows no
 * operator; the rules are in `gradients/`.
 *
 * @module
 */

import { isOf } from "./dtypes.ts";
import { full, zeros } from "./gradients/fit.ts";
import { type Contribution, refusal } from "./gradients/rule.ts";
import { gradientRules } from "./gradients/rules.ts";
import { total } from "./gradients/sum.ts";
import type { Graph, Node } from "./graph.ts";
import { describe, type Value } from "./value.ts";

/** What is not differentiated through. */
export interface GradientOptions {
  /** Values to take for constants, though they depend on what is differentiated by. */
  readonly fixed?: readonly Value[];
}

/**
 * The derivative of the sum of `loss` by each of `wrt`, in its shape and element type: zeros where the
 * loss does not depend on it. `wrt` may be inputs, weights or results of nodes; through those the walk
 * continues only where others of `wrt` lie before them. Comparisons, indices and whatever else is not
 * of floating-point numbers are constants.
 *
 * @throws {TypeError} where an operator on the way has no rule, or its rule needs to know more; where
 * `loss` or one of `wrt` is not of floating-point numbers, or they belong to different graphs.
 */
export function gradients(
  loss: Value,
  wrt: readonly Value[],
  { fixed = [] }: GradientOptions = {},
): readonly Value[] {
  for (const value of [loss, ...wrt]) expectFloat(value);
  for (const value of wrt) expectBeside(loss, value);
  const active = activeValues(loss.graph, wrt, fixed);
  const sums = new Sums();
  sums.note(loss, () => loss.graph.scalar(loss.dtype, 1));
  for (const node of loss.graph.nodes.toReversed()) {
    if (node.outputs.some((output) => active.has(output))) backward(node, sums, active);
  }
  return wrt.map((value) => {
    const gradient = sums.of(value);
    return gradient === undefined ? zeros(value) : full(gradient, value);
  });
}

/** Notes what a node adds to the gradients of its inputs, if the loss depends on what it makes. */
function backward(node: Node, sums: Sums, active: ReadonlySet<Value>): void {
  const gradients = node.outputs.map((output) => active.has(output) ? sums.of(output) : undefined);
  const reached = gradients.findIndex((gradient) => gradient !== undefined);
  const [output, gradient] = [node.outputs[reached], gradients[reached]];
  if (output === undefined || gradient === undefined) return;
  const rule = gradientRules[node.op];
  if (rule === undefined) throw refusal(node, "there is no rule for it");
  const contributions = rule({ node, output, gradient, gradients });
  node.inputs.forEach((input, i) => {
    if (input === undefined || !active.has(input)) return;
    const contribution = contributions[i];
    if (contribution === undefined) throw refusal(node, `it has no derivative by its input ${i}`);
    sums.note(input, contribution);
  });
}

/** The gradients of values: what their uses contribute, and the sum, made when first read. */
class Sums {
  readonly #contributions = new Map<Value, Contribution[]>();
  readonly #found = new Map<Value, Value | undefined>();

  note(value: Value, contribution: Contribution): void {
    const noted = this.#contributions.get(value);
    if (noted === undefined) this.#contributions.set(value, [contribution]);
    else noted.push(contribution);
  }

  of(value: Value): Value | undefined {
    if (!this.#found.has(value)) {
      this.#found.set(value, total(value, this.#contributions.get(value) ?? []));
    }
    return this.#found.get(value);
  }
}

/** What depends on `wrt` in a way that has a derivative. */
function activeValues(
  { nodes }: Graph,
  wrt: readonly Value[],
  fixed: readonly Value[],
): ReadonlySet<Value> {
  const active = new Set(wrt);
  for (const node of nodes) {
    if (!readsOf(node).some((value) => active.has(value))) continue;
    for (const output of node.outputs) {
      if (isOf("float", output.dtype) && !fixed.includes(output)) active.add(output);
    }
  }
  return active;
}

/** All that a node reads, in the bodies of loops and branches too. */
function readsOf({ inputs, attributes }: Node): readonly Value[] {
  const bodies = Object.values(attributes).flatMap((each) => "graph" in each ? [each.graph] : []);
  const read = inputs.filter((input) => input !== undefined);
  return [...read, ...bodies.flatMap(({ nodes }) => nodes.flatMap(readsOf))];
}

function expectFloat(value: Value): void {
  if (isOf("float", value.dtype)) return;
  throw new TypeError(
    `Cannot differentiate with ${value.label} as it does not hold floating-point numbers: received ${
      describe(value)
    }`,
  );
}

/** The walk goes through one graph: what lies between a loop's body and the graphs around it would be missed. */
function expectBeside(loss: Value, value: Value): void {
  if (value.graph === loss.graph) return;
  throw new TypeError(
    `Cannot differentiate ${loss.label} by ${value.label} as they belong to different graphs: received "${loss.graph.name}" and "${value.graph.name}"`,
  );
}
