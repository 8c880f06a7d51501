/**
 * Reads an ONNX file without its weights: its graph as messages, and where the weights lie. The file is
 * untrusted, and what is kept of it is limited.
 *
 * @module
 */

import { messageOf } from "../errors.ts";
import { decodeMessage } from "../onnx/protobuf.ts";
import { badModel, shown } from "../weights/bad_model.ts";
import type { ListedTensor } from "../weights/checkpoint.ts";
import { unreadable } from "../weights/json_file.ts";
import { refuseLfsPointer } from "../weights/lfs_pointer.ts";
import { Unfit } from "../weights/torch/unfit.ts";
import { FileWindow } from "./file_window.ts";
import { Budget, delimited, joined } from "./field_bytes.ts";
import { type OnnxPath, readGraph } from "./graph_fields.ts";
import { fields } from "./field_numbers.ts";
import type { ModelMessage } from "./messages.ts";
import { refuseFilesWithin } from "./outside_files.ts";
import { fieldsOf, type ProtoField } from "./proto_fields.ts";

/** A model of 80 layers has a quarter of it. */
const MOST_NODES = 2 ** 17;

/** Fields of ModelProto that are read: its version, its operators and its functions. */
const KEPT: readonly number[] = [fields.irVersion, fields.opsetImport, fields.functions];

/** An ONNX file without its weights. */
export interface OnnxFile {
  /** As it was asked for. */
  readonly path: string;
  /** Its large initialisers are external data of absolute paths. */
  readonly model: ModelMessage;
  /** The initialisers. */
  readonly tensors: readonly ListedTensor[];
}

/**
 * @param path of a file whose external data lie in the same folder
 * @throws {AbacusError} `bad_model` naming the file and what is wrong with it
 */
export async function readOnnxFile(path: string): Promise<OnnxFile> {
  try {
    const real = await Deno.realPath(path);
    const { isFile, size } = await Deno.stat(real);
    if (!isFile) throw badModel(`Cannot read ${path} as it is not a file: received a directory`);
    using file = await Deno.open(real);
    await refuseLfsPointer(file, path);
    return await read(new FileWindow(file, size), { path, real });
  } catch (cause) {
    if (!(cause instanceof Unfit)) throw unreadable(cause, { what: path, path });
    throw badModel(`Cannot read ${path} as an ONNX file as ${cause.message}`, cause);
  }
}

async function read(window: FileWindow, file: OnnxPath): Promise<OnnxFile> {
  const budget = new Budget();
  const parts: Uint8Array[] = [];
  let graph: ProtoField | undefined;
  for await (const field of fieldsOf(window, { offset: 0, length: window.size })) {
    if (KEPT.includes(field.number)) parts.push((await budget.keep(window, field)).bytes);
    if (field.number !== fields.graph) continue;
    if (graph !== undefined || !field.isDelimited) throw new Unfit("it must have one graph", "two");
    graph = field;
  }
  if (graph === undefined) throw new Unfit("it has no graph", `${window.size} bytes`);
  const { bytes, tensors } = await readGraph(window, { place: graph.content, budget, file });
  const model = decoded(joined([...parts, delimited(fields.graph, bytes)]));
  if (model.graph.node.length > MOST_NODES) {
    throw new Unfit(`it may have at most ${MOST_NODES} nodes`, model.graph.node.length);
  }
  refuseFilesWithin(model);
  return { path: file.path, model, tensors };
}

function decoded(bytes: Uint8Array): ModelMessage {
  try {
    return decodeMessage("ModelProto", bytes) as unknown as ModelMessage;
  } catch (cause) {
    throw new Unfit("its messages are broken", shown(messageOf(cause)));
  }
}
