/**
 * Adds to a graph what credit needs of its last attention: the rows that the caller asks for, and a nudge by
 * which the caller can find out which rows the logits depend on.
 *
 * @module
 */

import type { GraphInputs } from "./graph_inputs.ts";
import type { LastAttention } from "./last_attention.ts";
import {
  type AttributeMessage,
  type GraphMessage,
  integer,
  type ModelMessage,
  type NodeMessage,
} from "./messages.ts";

/** Names of what is added. */
export const added = {
  /** Input `int64[batch, n]`: rows of the last attention, n for each text. */
  rows: "abacus.rows",
  /** Input `float32[batch, n]`: the weight of each of them. */
  rowWeights: "abacus.row_weights",
  /**
   * Input `float32[1, tokens, 1]`: a number that is added to all weights of a row of the attention, for every
   * text, before they are multiplied by the values; 0 but in probes.
   */
  nudge: "abacus.nudge",
  /** Output `float32[batch, tokens]`: the weighted sum of the rows, each the mean over heads. */
  attention: "abacus.attention",
  /** Output `float32[batch, labels]`, where the graph's own logits have another type. */
  logits: "abacus.logits",
} as const;

/** ONNX's numbers of types, and of kinds of attribute. */
const [FLOAT, INT64] = [1, 7];
const kinds = { int: 2, ints: 7 } as const;

/** The oldest operator set that has what is added. */
export const OLDEST_OPSET = 13;

/** The version of ONNX's own operators that a model uses. */
export function opsetOf({ opsetImport }: Pick<ModelMessage, "opsetImport">): number {
  const own = opsetImport.find(({ domain = "" }) => domain === "" || domain === "ai.onnx");
  return integer(own?.version ?? 0);
}

/** The model with its logits as float32. */
export function withWideLogits(model: ModelMessage, { logits }: GraphInputs): ModelMessage {
  if (logits === "float32") return model;
  const widened = node("Cast", [["logits"], [added.logits]], { to: FLOAT });
  const { graph } = model;
  const output = [value(added.logits, FLOAT)];
  return { ...model, graph: { ...graph, node: [...graph.node, widened], output } };
}

/** The model with the rows of its last attention as an output. */
export function withAttention(model: ModelMessage, attention: LastAttention): ModelMessage {
  const { graph } = model;
  const opset = opsetOf(model);
  return {
    ...model,
    graph: {
      ...graph,
      node: [...nudged(graph, attention, opset), ...rowsOf(attention.weights, opset)],
      initializer: [...graph.initializer, ...constants()],
      input: [
        ...graph.input,
        value(added.rows, INT64),
        value(added.rowWeights, FLOAT),
        value(added.nudge, FLOAT),
      ],
      output: [...graph.output, value(added.attention, FLOAT)],
    },
  };
}

/** The nodes of a graph, the values multiplied by weights that are nudged. */
function nudged(
  { node: nodes }: GraphMessage,
  { weights, reader }: LastAttention,
  opset: number,
): NodeMessage[] {
  const [typed, sum] = ["abacus.nudge_typed", "abacus.nudged"];
  const input = nodes[reader.node]!.input.map((name, i) => i === reader.input ? sum : name);
  return [
    ...nodes.slice(0, reader.node),
    opset < 15
      ? node("Identity", [[added.nudge], [typed]])
      : node("CastLike", [[added.nudge, weights], [typed]]),
    node("Add", [[weights, typed], [sum]]),
    { ...nodes[reader.node]!, input },
    ...nodes.slice(reader.node + 1),
  ];
}

/** Weights of any layout as `[batch, heads, tokens, tokens]`, their mean over heads, and the rows of that. */
function rowsOf(weights: string, opset: number): NodeMessage[] {
  const name = (part: string) => `abacus.${part}`;
  return [
    node("Shape", [["input_ids"], [name("extents")]]),
    node("Gather", [[name("extents"), name("zero")], [name("batch")]], { axis: 0 }),
    node("Gather", [[name("extents"), name("one")], [name("tokens")]], { axis: 0 }),
    node("Concat", [[name("batch"), name("rest"), name("tokens"), name("tokens")], [
      name("four_axes"),
    ]], { axis: 0 }),
    node("Reshape", [[weights, name("four_axes")], [name("by_head")]]),
    opset < 18
      ? node("ReduceMean", [[name("by_head")], [name("mean")]], { axes: [1], keepdims: 0 })
      : node("ReduceMean", [[name("by_head"), name("one")], [name("mean")]], { keepdims: 0 }),
    node("Unsqueeze", [[added.rows, name("minus_one")], [name("places")]]),
    node("GatherND", [[name("mean"), name("places")], [name("picked")]], { batch_dims: 1 }),
    node("Cast", [[name("picked")], [name("wide")]], { to: FLOAT }),
    node("Unsqueeze", [[added.rowWeights, name("one")], [name("row_weights_across")]]),
    node("MatMul", [[name("row_weights_across"), name("wide")], [name("summed")]]),
    node("Squeeze", [[name("summed"), name("one")], [added.attention]]),
  ];
}

/** The numbers that those nodes read. */
function constants(): GraphMessage["initializer"] {
  const numbers = { zero: 0, one: 1, minus_one: -1, rest: -1 };
  return Object.entries(numbers).map(([name, number]) => ({
    name: `abacus.${name}`,
    dims: [1],
    dataType: INT64,
    rawData: new Uint8Array(BigInt64Array.of(BigInt(number)).buffer),
    externalData: [],
  }));
}

/** What a node does, between its inputs and its outputs. */
function node(
  opType: string,
  [input, output]: readonly [readonly string[], readonly string[]],
  attributes: Readonly<Record<string, number | readonly number[]>> = {},
): NodeMessage {
  const attribute = Object.entries(attributes).map(([name, given]) => attributeOf(name, given));
  return { opType, input, output, attribute };
}

function attributeOf(name: string, given: number | readonly number[]): AttributeMessage {
  const lists = { tensors: [], graphs: [], sparseTensors: [] };
  return typeof given === "number"
    ? { name, type: kinds.int, i: given, ints: [], ...lists }
    : { name, type: kinds.ints, ints: given, ...lists };
}

function value(name: string, elemType: number): GraphMessage["input"][number] {
  return { name, type: { tensorType: { elemType } } };
}
