/**
 * Check: what must hold of a finished graph before it is worth giving to a runtime.
 *
 * @module
 */

import type { Graph } from "./graph.ts";
import { describe, type Value } from "./value.ts";

/**
 * @returns what is wrong, one sentence each: inputs, weights and nodes that no output needs, and outputs that
 * nothing computes. Types and shapes were already checked when each node was made.
 */
export function findings(graph: Graph): readonly string[] {
  const needed = neededValues(graph);
  const idle = (values: Iterable<Value>, what: string) =>
    [...values].filter((value) => !needed.has(value))
      .map((value) => `${what} ${value.label} ${describe(value)} is not used by any output`);
  return [
    ...(graph.outputs.size === 0 ? [`graph "${graph.name}" has no output`] : []),
    ...idle(graph.inputs, "input"),
    ...idle(graph.weights.keys(), "weight"),
    ...graph.nodes.filter((node) => !node.outputs.some((output) => needed.has(output)))
      .map((node) => `${node.op} that makes ${node.outputs[0]?.label} is not used by any output`),
  ];
}

/** @throws {Error} listing every finding. */
export function check(graph: Graph): void {
  const found = findings(graph);
  if (found.length > 0) throw new Error(`Cannot use graph "${graph.name}": ${found.join("; ")}`);
}

/** Every value that the outputs depend on, walking backwards through loops' bodies as well. */
function neededValues(graph: Graph): ReadonlySet<Value> {
  const needed = new Set<Value>(graph.outputs.values());
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    for (const input of node.inputs) if (input !== undefined) needed.add(input);
    for (const attribute of Object.values(node.attributes)) {
      if ("graph" in attribute) {
        for (const value of neededValues(attribute.graph)) needed.add(value);
      }
    }
  }
  return needed;
}
