/**
 * Widened nodes: operators on bfloat16 written as the same operators on float32 between casts, for a device that
 * has no kernels for bfloat16. Every result is rounded, as it would be on a device that has them: onnxruntime
 * does the same for float16 on a CPU, but not for bfloat16.
 *
 * @module
 */

import { dtypeCodes } from "./dtypes.ts";
import type { Node } from "./graph.ts";
import type { Message } from "./protobuf.ts";
import type { OpName } from "./shapes.ts";
import type { Value } from "./value.ts";

/** Operators that take bfloat16 everywhere, as they compute nothing or hand it to a graph of their own. */
const passing: readonly OpName[] = ["Cast", "Identity", "Loop", "If"];

const isNarrow = (value: Value | undefined) => value?.dtype === "bfloat16";

/** The operators that a device has kernels in bfloat16 for. */
export type NarrowKernels = "all" | readonly OpName[];

/** The node as ONNX has it, with casts before and behind it where the device has no kernel for it. */
export function widened(
  node: Node,
  message: Message,
  kernels: NarrowKernels,
): readonly Message[] {
  const { op, inputs, outputs } = node;
  const isKnown = kernels === "all" || kernels.includes(op) || passing.includes(op);
  if (isKnown || ![...inputs, ...outputs].some(isNarrow)) return [message];
  const { name: label, input, output } = message as {
    name: string;
    input: readonly string[];
    output: readonly string[];
  };
  const wideInput = (i: number) => `${label}/wide/${i}`;
  const wideOutput = (i: number) => `${output[i]}/wide`;
  return [
    ...inputs.flatMap((value, i) =>
      isNarrow(value) ? [castNode(input[i]!, wideInput(i), "float32")] : []
    ),
    {
      ...message,
      input: inputs.map((value, i) => isNarrow(value) ? wideInput(i) : input[i]!),
      output: outputs.map((value, i) => isNarrow(value) ? wideOutput(i) : output[i]!),
    },
    ...outputs.flatMap((value, i) =>
      isNarrow(value) ? [castNode(wideOutput(i), output[i]!, "bfloat16")] : []
    ),
  ];
}

function castNode(input: string, output: string, to: "float32" | "bfloat16"): Message {
  return {
    name: `${output}/cast`,
    opType: "Cast",
    input: [input],
    output: [output],
    attribute: [{ name: "to", type: 2, i: dtypeCodes[to] }],
  };
}
