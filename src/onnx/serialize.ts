/**
 * A graph as the bytes of an ONNX model. Stored weights become external data: offsets into the
 * checkpoint's own files, whose bytes are neither read nor copied here.
 *
 * @module
 */

import { dtypeCodes, encodeNumbers } from "./dtypes.ts";
import type { Attribute, Constant, Graph, Node, StoredWeight } from "./graph.ts";
import { lower } from "./lower.ts";
import { encodeMessage, type Message } from "./protobuf.ts";
import type { OpName } from "./shapes.ts";
import type { Dim, Facts, Value } from "./value.ts";
import { type NarrowKernels, widened } from "./widened.ts";

const IR_VERSION = 10;
const OPSET = 21;
const MICROSOFT = "com.microsoft";

/** Operators of onnxruntime's own set; all others are ONNX's. */
const domains: Partial<Record<OpName, string>> = {
  GroupQueryAttention: MICROSOFT,
  MatMulIntegerToFloat: MICROSOFT,
  RotaryEmbedding: MICROSOFT,
};

/** ONNX's numbers for kinds of attribute. */
const attributeTypes = { float: 1, int: 2, string: 3, graph: 5, ints: 7 } as const;

/**
 * @returns an ONNX `ModelProto`. The location of external data is the file's absolute path without
 * its leading slash, to be resolved against the root directory (see `engine/session.ts`).
 */
export function serialize(graph: Graph, form: Form = {}): Uint8Array<ArrayBuffer> {
  return encodeMessage("ModelProto", {
    irVersion: IR_VERSION,
    producerName: "abacus",
    graph: graphMessage(graph, { form }),
    opsetImport: [{ domain: "", version: OPSET }, { domain: MICROSOFT, version: 1 }],
  });
}

/** How a graph is written. */
export interface Form {
  /** The operators that are written in bfloat16; others stand between casts (`widened.ts`). @default "all" */
  readonly narrow?: NarrowKernels;
}

/** How values are called; a loop's body calls the values around it as its surroundings do. */
type Naming = (value: Value) => string;

/** What the graphs within a graph are written with, too. */
interface Surroundings {
  readonly form: Form;
  readonly outer?: Naming;
}

function graphMessage(graph: Graph, { form, outer = ({ label }) => label }: Surroundings): Message {
  // Outputs leave under names of their own, which their values then bear everywhere.
  const renamed = new Map([...graph.outputs].map(([label, value]) => [value, label]));
  const name: Naming = (value) => renamed.get(value) ?? outer(value);
  return {
    name: graph.name,
    node: graph.nodes.flatMap((node, i) =>
      nodeMessages(node, `${graph.name}/${i}`, { form, outer: name })
    ),
    initializer: [
      ...[...graph.weights].map(([value, stored]) => weightMessage(value, stored)),
      ...[...graph.constants].map(([value, constant]) => constantMessage(value, constant)),
    ],
    input: graph.inputs.map((value) => valueInfo(value.label, value)),
    output: [...graph.outputs].map(([label, value]) => valueInfo(label, value)),
  };
}

function nodeMessages(
  node: Node,
  label: string,
  around: Required<Surroundings>,
): readonly Message[] {
  const { form, outer: name } = around;
  const names = node.inputs.map((value) => value === undefined ? "" : name(value));
  const lowered = lower(node, names, name(node.outputs[0]!));
  if (lowered === undefined) {
    const message = nodeMessage(node, label, around);
    return widened(node, message, form.narrow ?? "all");
  }
  return lowered.map(({ op, inputs, output, keep, ints = {} }, i) => ({
    name: `${label}/${i}`,
    opType: op,
    domain: domains[op] ?? "",
    input: inputs,
    output: [output],
    attribute: [
      ...keep.flatMap((key) => {
        const attribute = node.attributes[key];
        return attribute === undefined ? [] : [attributeMessage(key, attribute, around)];
      }),
      ...Object.entries(ints).map(([key, int]) => attributeMessage(key, { int }, around)),
    ],
  }));
}

function nodeMessage(node: Node, label: string, around: Required<Surroundings>): Message {
  const { outer: name } = around;
  const optional = (value: Value | undefined) => value === undefined ? "" : name(value);
  return {
    name: label,
    opType: node.op,
    domain: domains[node.op] ?? "",
    input: node.inputs.map(optional),
    output: node.outputs.map(name),
    attribute: Object.entries(node.attributes).map(([key, each]) =>
      attributeMessage(key, each, around)
    ),
  };
}

function attributeMessage(name: string, attribute: Attribute, around: Surroundings): Message {
  if ("int" in attribute) return { name, type: attributeTypes.int, i: attribute.int };
  if ("float" in attribute) return { name, type: attributeTypes.float, f: attribute.float };
  if ("ints" in attribute) return { name, type: attributeTypes.ints, ints: attribute.ints };
  if ("graph" in attribute) {
    return { name, type: attributeTypes.graph, g: graphMessage(attribute.graph, around) };
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

function valueInfo(name: string, { dtype, shape }: Facts): Message {
  const dim = shape.map(dimension);
  return { name, type: { tensorType: { elemType: dtypeCodes[dtype], shape: { dim } } } };
}

/**
 * Names are for our own checks. A runtime takes extents of one name for equal and holds buffers back
 * for their next use: at 8,192 tokens onnxruntime's peak was 1,095 MiB with names, 812 without.
 */
function dimension(dim: Dim): Message {
  return typeof dim === "number" ? { dimValue: dim } : {};
}
