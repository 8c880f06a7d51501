/**
 * ONNX files written on the spot, right ones and wrong ones, for tests.
 *
 * @module
 */

import { join } from "node:path";
import { encodeMessage, type Message } from "../../src/onnx/protobuf.ts";
import type { GraphMessage, NodeMessage } from "../../src/prebuilt/messages.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";

/** A file that goes away, with its folder, at the end of the block. */
export interface WrittenFile extends AsyncDisposable {
  readonly path: string;
  readonly folder: string;
}

/** Writes bytes as model.onnx. */
export async function writtenBytes(bytes: Uint8Array): Promise<WrittenFile> {
  const folder = await temporaryDirectory();
  const path = join(folder.path, "model.onnx");
  await Deno.writeFile(path, bytes);
  return { path, folder: folder.path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

/** Writes a model of operator set 17. */
export function writtenModel(graph: Message, rest: Message = {}): Promise<WrittenFile> {
  const opsetImport = [{ domain: "", version: 17 }];
  return writtenBytes(encodeMessage("ModelProto", { irVersion: 8, opsetImport, graph, ...rest }));
}

/** Nodes by lines such as `scores = MatMul(queries, keys)`. */
export function nodesOf(lines: string): NodeMessage[] {
  return lines.trim().split("\n").map((line) => {
    const [, output = "", opType = "", input = ""] = /^\s*(\S+) = (\w+)\((.*)\)$/.exec(line) ?? [];
    return { output: [output], opType, input: input.split(", "), attribute: [] };
  });
}

/** A graph of such lines. */
export function graphOf(lines: string, rest: Partial<GraphMessage> = {}): GraphMessage {
  const lists = { initializer: [], input: [], output: [], sparseInitializer: [] };
  return { node: nodesOf(lines), ...lists, ...rest };
}

/** A value of a type and extents, of which a text may be any. */
export function valueOf(
  name: string,
  elemType: number,
  dims?: readonly (number | string)[],
): GraphMessage["input"][number] {
  const dim = dims?.map((each) =>
    typeof each === "number" ? { dimValue: each } : { dimParam: each }
  );
  return {
    name,
    type: { tensorType: { elemType, ...(dim === undefined ? {} : { shape: { dim } }) } },
  };
}
