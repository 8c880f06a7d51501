/**
 * A view of a graph by its values: which node makes each, and which nodes read it.
 *
 * @module
 */

import type { GraphMessage, NodeMessage } from "./messages.ts";

/** A graph, and who makes and reads its values. Nodes are named by their index. */
export interface GraphView {
  readonly nodes: readonly NodeMessage[];
  readonly makerOf: ReadonlyMap<string, number>;
  readonly readersOf: ReadonlyMap<string, readonly number[]>;
}

/** Looks at a graph; what its loops and branches do within is not looked at. */
export function viewOf({ node: nodes }: GraphMessage): GraphView {
  const makerOf = new Map<string, number>();
  const readersOf = new Map<string, number[]>();
  nodes.forEach(({ input, output }, index) => {
    for (const name of output) if (name !== "") makerOf.set(name, index);
    for (const name of input) {
      const readers = readersOf.get(name);
      if (readers === undefined) readersOf.set(name, [index]);
      else readers.push(index);
    }
  });
  return { nodes, makerOf, readersOf };
}

/** Which way to go, and where not. */
export interface Walk {
  /** Whether to go on to what lies behind this node. @default always */
  readonly through?: (node: NodeMessage, index: number) => boolean;
}

/** The nodes that some values are made by, and those before them. */
export function nodesBefore(
  { nodes, makerOf }: GraphView,
  values: Iterable<string>,
  { through = () => true }: Walk = {},
): Set<number> {
  const seen = new Set<number>();
  const open = [...values];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    const index = makerOf.get(value);
    if (index === undefined || seen.has(index)) continue;
    seen.add(index);
    const node = nodes[index]!;
    if (through(node, index)) open.push(...node.input);
  }
  return seen;
}

/** The nodes that read some values, and those behind them. */
export function nodesBehind(
  { nodes, readersOf }: GraphView,
  values: Iterable<string>,
  { through = () => true }: Walk = {},
): Set<number> {
  const seen = new Set<number>();
  const open = [...values];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    for (const index of readersOf.get(value) ?? []) {
      if (seen.has(index)) continue;
      seen.add(index);
      const node = nodes[index]!;
      if (through(node, index)) open.push(...node.output);
    }
  }
  return seen;
}
