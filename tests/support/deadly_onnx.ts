/**
 * A prebuilt graph that kills the process which runs it: one token makes it divide the lowest whole number by -1,
 * whose result no int64 holds. onnxruntime asks the processor, which raises SIGFPE. Nothing of it is made up: the
 * signal comes from native code.
 *
 * @module
 */

import { join } from "node:path";
import { decodeMessage, encodeMessage } from "../../src/onnx/protobuf.ts";
import type { GraphMessage, NodeMessage } from "../../src/prebuilt/messages.ts";
import { copyOfOnnx } from "./golden_onnx.ts";

/** Why no token is deadly here; undefined where one is. */
export const immortal = Deno.build.os === "linux" && Deno.build.arch === "x86_64"
  ? undefined
  : "this processor divides the lowest number by -1 in peace";

/** A copy of a golden model in which a text with this token is the end of the process. Its scores are the same. */
export async function withDeadlyToken(name: string, token: number) {
  const copy = await copyOfOnnx(name);
  const path = join(copy.path, "model.onnx");
  const { graph, ...rest } = decodeMessage("ModelProto", await Deno.readFile(path));
  const deadly = withDivision(graph as GraphMessage, token);
  await Deno.writeFile(path, encodeMessage("ModelProto", { ...rest, graph: deadly }));
  return copy;
}

/** Divides every id by 1 before anything reads it, but for the deadly one. */
function withDivision({ node, initializer, ...graph }: GraphMessage, token: number) {
  const before = [
    nodeOf("Equal", ["input_ids", "deadly"], "is_deadly"),
    nodeOf("Where", ["is_deadly", "lowest", "input_ids"], "dividend"),
    nodeOf("Where", ["is_deadly", "minus_one", "one"], "divisor"),
    nodeOf("Div", ["dividend", "divisor"], "same_ids"),
  ];
  const others = node.map((each) => ({
    ...each,
    input: each.input.map((input) => input === "input_ids" ? "same_ids" : input),
  }));
  const numbers = { deadly: BigInt(token), lowest: -(2n ** 63n), minus_one: -1n, one: 1n };
  const constants = Object.entries(numbers).map(([name, value]) => constantOf(name, value));
  return { ...graph, node: [...before, ...others], initializer: [...initializer, ...constants] };
}

function nodeOf(opType: string, input: readonly string[], output: string): NodeMessage {
  return { opType, input, output: [output], attribute: [] };
}

/** An int64. */
function constantOf(name: string, value: bigint) {
  const rawData = new Uint8Array(BigInt64Array.of(value).buffer);
  return { name, dims: [], dataType: 7, rawData };
}
