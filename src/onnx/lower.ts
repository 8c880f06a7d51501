/**
 * Lowering: operators that are written as others when a graph becomes bytes, because onnxruntime runs
 * those faster, or because what sets them apart is of use for gradients only. The graph itself keeps the
 * operator, with its shape and gradient rules.
 *
 * @module
 */

import type { Node } from "./graph.ts";
import type { OpName } from "./shapes.ts";

/** A node of lowered form: names instead of values, for what lies between has no value. */
export interface Lowered {
  readonly op: OpName;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Which of the node's own attributes go along. */
  readonly keep: readonly string[];
  /** Attributes that are integers. */
  readonly ints?: Readonly<Record<string, number>>;
}

/** The nodes that take the place of one; undefined where it stays as it is. */
export function lower(
  node: Node,
  inputs: readonly string[],
  output: string,
): readonly Lowered[] | undefined {
  if (node.op === "Rearrange") {
    return [{ op: "Gather", inputs: inputs.slice(0, 2), output, keep: [], ints: { axis: 0 } }];
  }
  return node.op === "ReduceLogSumExp" && overLast(node) ? logSumExp(inputs, output) : undefined;
}

function logSumExp([input = "", axes = ""]: readonly string[], output: string): readonly Lowered[] {
  // log sum exp x = max x - log max softmax x, which neither overflows nor loses digits. The kernel of
  // ReduceLogSumExp takes thrice the time of that of Softmax on a CPU, and a backward pass needs the latter anyway.
  const between = (name: string) => `${output}/${name}`;
  const keep = ["keepdims"];
  return [
    {
      op: "Softmax",
      inputs: [input],
      output: between("softmax"),
      keep: [],
      ints: { axis: -1 },
    },
    { op: "ReduceMax", inputs: [between("softmax"), axes], output: between("likeliest"), keep },
    { op: "Log", inputs: [between("likeliest")], output: between("log"), keep: [] },
    { op: "ReduceMax", inputs: [input, axes], output: between("largest"), keep },
    { op: "Sub", inputs: [between("largest"), between("log")], output, keep: [] },
  ];
}

function overLast({ inputs: [x, axes] }: Node): boolean {
  const constant = axes?.graph.constants.get(axes);
  if (x === undefined || constant === undefined || constant.data.length !== 1) return false;
  return constant.data[0] === -1 || constant.data[0] === x.rank - 1;
}
