/**
 * Check: what must hold of a finished graph before it is worth giving to a runtime.
 *
 * @module
 */

import type { Graph } from "./graph.ts";
import { bodiesOf, isNeeded, neededValues } from "./needed.ts";
import { describe, type Value } from "./value.ts";

/**
 * @returns what is wrong, one sentence each: inputs, weights and nodes that no output needs, bodies of loops
 * and branches included. Types and shapes were already checked when each node was made.
 */
export function findings(graph: Graph): readonly string[] {
  const needed = neededValues(graph);
  return [
    ...(graph.outputs.size === 0 ? [`graph "${graph.name}" has no output`] : []),
    ...idle("input", graph.inputs, needed), // a body may well not care which turn it is
    ...idleWithin(graph, needed),
  ];
}

/** @throws {Error} listing every finding. */
export function check(graph: Graph): void {
  const found = findings(graph);
  if (found.length > 0) throw new Error(`Cannot use graph "${graph.name}": ${found.join("; ")}`);
}

/** Idle weights and nodes of a graph and of the bodies of those of its nodes that are not idle. */
function idleWithin(graph: Graph, needed: ReadonlySet<Value>): string[] {
  return [
    ...idle("weight", graph.weights.keys(), needed),
    ...graph.nodes.flatMap((node) =>
      isNeeded(node, needed)
        ? bodiesOf(node).flatMap((body) => idleWithin(body, needed))
        : [`${node.op} that makes ${node.outputs[0]?.label} is not used by any output`]
    ),
  ];
}

function idle(what: string, values: Iterable<Value>, needed: ReadonlySet<Value>): string[] {
  return [...values].filter((value) => !needed.has(value))
    .map((value) => `${what} ${value.label} ${describe(value)} is not used by any output`);
}
