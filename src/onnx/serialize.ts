/**
 * A graph as the bytes of an ONNX model. Stored weights become external data: offsets into the
 * checkpoint's own files, whose bytes are neither read nor copied here.
 *
 * @module
 */

import type { Attribute, Constant, Graph, Node, StoredWeight } from "./graph.ts";
import { encodeModel, type Message } from "./protobuf.ts";
import { dtypeCodes, type OpName } from "./shapes.ts";
import type { Dtype, Facts, Value } from "./value.ts";

const IR_VERSION = 10;
const OPSET = 21;
const MICROSOFT = "com.microsoft";

/** Operators of onnxruntime's own set; all others are ONNX's. */
const domains: Partial<Record<OpName, string>> = { RotaryEmbedding: MICROSOFT };

/** ONNX's numbers for kinds of attribute. */
const attributeTypes = { float: 1, int: 2, string: 3, graph: 5, ints: 7 } as const;

/**
 * @returns an ONNX `ModelProto`. The location of external data is the file's absolute path without
 * its leading slash, to be resolved against the root directory (see `engine/session.ts`).
 */
export function serialize(graph: Graph): Uint8Array<ArrayBuffer> {
  return encodeModel({
    irVersion: IR_VERSION,
    producerName: "abacus",
    graph: graphMessage(graph),
    opsetImport: [{ domain: "", version: OPSET }, { domain: MICROSOFT, version: 1 }],
  });
}

/** How values are called; a loop's body calls the values around it as its surroundings do. */
type Naming = (value: Value) => string;

function graphMessage(graph: Graph, outer: Naming = (value) => value.label): Message {
  const renamed = outputNames(graph);
  const name: Naming = (value) => renamed.get(value) ?? outer(value);
  return {
    name: graph.name,
    node: graph.nodes.map((node, i) => nodeMessage(node, `${graph.name}/${i}`, name)),
    initializer: [
      ...[...graph.weights].map(([value, stored]) => weightMessage(value, stored)),
      ...[...graph.constants].map(([value, constant]) => constantMessage(value, constant)),
    ],
    input: graph.inputs.map((value) => valueInfo(value.label, value)),
    output: [...graph.outputs].map(([label, value]) => valueInfo(label, value)),
  };
}

/** The names under which outputs leave the graph, given to the values themselves. */
function outputNames(graph: Graph): ReadonlyMap<Value, string> {
  const names = new Map<Value, string>();
  for (const [label, value] of graph.outputs) {
    if (names.has(value)) throw new Error(`Cannot give out one value as two outputs: "${label}"`);
    names.set(value, label);
  }
  return names;
}

function nodeMessage(node: Node, label: string, name: Naming): Message {
  const optional = (value: Value | undefined) => value === undefined ? "" : name(value);
  return {
    name: label,
    opType: node.op,
    domain: domains[node.op] ?? "",
    input: node.inputs.map(optional),
    output: node.outputs.map(name),
    attribute: Object.entries(node.attributes).map(([key, each]) =>
      attributeMessage(key, each, name)
    ),
  };
}

function attributeMessage(name: string, attribute: Attribute, naming: Naming): Message {
  if ("int" in attribute) return { name, type: attributeTypes.int, i: attribute.int };
  if ("float" in attribute) return { name, type: attributeTypes.float, f: attribute.float };
  if ("ints" in attribute) return { name, type: attributeTypes.ints, ints: attribute.ints };
  if ("graph" in attribute) {
    return { name, type: attributeTypes.graph, g: graphMessage(attribute.graph, naming) };
  }
  const s = new TextEncoder().encode(attribute.string);
  return { name, type: attributeTypes.string, s };
}

function weightMessage(value: Value, { file, offset, length }: StoredWeight): Message {
  const external = { location: file.replace(/^\/+/, ""), offset, length };
  return {
    ...tensorHead(value.label, value),
    dataLocation: 1,
    externalData: Object.entries(external).map(([key, each]) => ({ key, value: `${each}` })),
  };
}

function constantMessage(value: Value, { dtype, data }: Constant): Message {
  return { ...tensorHead(value.label, value), rawData: encodeNumbers(dtype, data) };
}

function tensorHead(name: string, { dtype, shape }: Facts): Message {
  return { name, dataType: dtypeCodes[dtype], dims: shape };
}

/** Numbers as ONNX stores them: little-endian, which is this machine's order wherever Deno runs. */
function encodeNumbers(dtype: Dtype, data: Constant["data"]): Uint8Array {
  switch (dtype) {
    case "float32":
      return new Uint8Array(Float32Array.from(data).buffer);
    case "int64":
      return new Uint8Array(BigInt64Array.from(data, BigInt).buffer);
    case "int32":
      return new Uint8Array(Int32Array.from(data).buffer);
    case "bool":
    case "uint8":
      return Uint8Array.from(data);
    case "int8":
      return new Uint8Array(Int8Array.from(data).buffer);
    case "float16":
    case "bfloat16":
      throw new TypeError(`Cannot write constants of ${dtype}: cast a float32 constant`);
  }
}

function valueInfo(name: string, { dtype, shape }: Facts): Message {
  const dim = shape.map((each) =>
    typeof each === "number" ? { dimValue: each } : { dimParam: each }
  );
  return { name, type: { tensorType: { elemType: dtypeCodes[dtype], shape: { dim } } } };
}
