/**
 * Needed: what the outputs of a graph depend on, and a graph without the rest.
 *
 * @module
 */

import type { Graph, Node } from "./graph.ts";
import type { Value } from "./value.ts";

/**
 * Drops the inputs, weights and nodes that no output depends on: what a model computes beyond what is
 * read of it. The bodies of loops and branches stay as they are.
 */
export function prune(graph: Graph): void {
  const needed = neededValues(graph);
  graph.keep((value) => needed.has(value));
}

/** Every value that the outputs depend on, walking backwards through loops' bodies as well. */
export function neededValues(graph: Graph): ReadonlySet<Value> {
  const needed = new Set<Value>();
  const walk = ({ outputs, nodes }: Graph) => {
    for (const value of outputs.values()) needed.add(value);
    for (const node of nodes.toReversed()) {
      if (!isNeeded(node, needed)) continue;
      for (const input of node.inputs) if (input !== undefined) needed.add(input);
      bodiesOf(node).forEach(walk);
    }
  };
  walk(graph);
  return needed;
}

/** Whether an output depends on a node. */
export function isNeeded(node: Node, needed: ReadonlySet<Value>): boolean {
  return node.outputs.some((output) => needed.has(output));
}

/** The graphs within a node: the body of a loop, the branches of a choice. */
export function bodiesOf(node: Node): Graph[] {
  return Object.values(node.attributes).flatMap((each) => "graph" in each ? [each.graph] : []);
}
