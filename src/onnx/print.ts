/**
 * A graph as text: one line per node, in the order of computation.
 *
 * @module
 */

import type { Attribute, Constant, Graph, Node } from "./graph.ts";
import { describe, type Value } from "./value.ts";

const MAX_NUMBERS = 8;

/** Printable text of a graph; loops' bodies are indented under their node. */
export function printGraph(graph: Graph): string {
  return lines(graph, "").join("\n") + "\n";
}

function lines(graph: Graph, indent: string): string[] {
  const inside = `${indent}  `;
  return [
    `${indent}graph ${graph.name} {`,
    ...graph.inputs.map((value) => `${inside}input ${declaration(value)}`),
    ...[...graph.weights.keys()].map((value) => `${inside}weight ${declaration(value)}`),
    ...graph.nodes.flatMap((node) => nodeLines(node, inside)),
    ...[...graph.outputs].map(([name, value]) => `${inside}output ${name} = ${reference(value)}`),
    `${indent}}`,
  ];
}

function nodeLines(node: Node, indent: string): string[] {
  const outputs = node.outputs.map(declaration).join(", ");
  const inputs = node.inputs.map((value) => value === undefined ? "-" : reference(value));
  const attributes = Object.entries(node.attributes)
    .filter(([, each]) => !("graph" in each))
    .map(([name, each]) => `${name}=${printAttribute(each)}`);
  const line = `${indent}${outputs} = ${node.op}(${[...inputs, ...attributes].join(", ")})`;
  const bodies = Object.values(node.attributes)
    .flatMap((each) => "graph" in each ? lines(each.graph, `${indent}  `) : []);
  return [line, ...bodies];
}

function declaration(value: Value): string {
  return `${value.label}: ${describe(value)}`;
}

/** A value where it is read: constants show their numbers. */
function reference(value: Value): string {
  const constant = value.graph.constants.get(value);
  return constant === undefined ? value.label : printConstant(constant);
}

function printConstant({ shape, data }: Constant): string {
  if (shape.length === 0) return `${data[0]}`;
  if (data.length > MAX_NUMBERS) return `<${data.length} numbers>`;
  return `[${[...data].join(", ")}]`;
}

function printAttribute(attribute: Attribute): string {
  if ("int" in attribute) return `${attribute.int}`;
  if ("float" in attribute) return `${attribute.float}`;
  if ("ints" in attribute) return `[${attribute.ints.join(", ")}]`;
  return "string" in attribute ? `"${attribute.string}"` : `graph ${attribute.graph.name}`;
}
