/**
 * Reads the fields of a graph within an ONNX file. The numbers of large initialisers stay where they are:
 * what is kept of them is a reference, which onnxruntime resolves.
 *
 * @module
 */

import { messageOf } from "../errors.ts";
import { decodeMessage, encodeMessage } from "../onnx/protobuf.ts";
import { shown } from "../weights/bad_model.ts";
import type { ListedTensor } from "../weights/checkpoint.ts";
import { byteLengthOf } from "../weights/element_type.ts";
import type { FilePart } from "../weights/torch/read_at.ts";
import { Unfit } from "../weights/torch/unfit.ts";
import { type Budget, delimited, type FieldBytes, joined } from "./field_bytes.ts";
import { externalPlace, type StoredPlace } from "./external_data.ts";
import type { FileWindow } from "./file_window.ts";
import { fields } from "./field_numbers.ts";
import { integer, type TensorMessage } from "./messages.ts";
import { fieldsOf, type ProtoField } from "./proto_fields.ts";
import { tensorTypes } from "./tensor_types.ts";

/**
 * Raw data of so many bytes stay in the file. Smaller tensors may be shapes, which onnxruntime must know
 * when it reads the graph; it writes external data by the same rule.
 */
const LARGE_BYTES = 1024;

/** Fields of GraphProto that are read beside initialisers. */
const KEPT: readonly number[] = [
  fields.node,
  fields.name,
  fields.input,
  fields.output,
  fields.sparseInitializer,
];

/** Where a graph is read from. */
export interface GraphSource {
  readonly place: FilePart;
  readonly budget: Budget;
  readonly file: OnnxPath;
}

/** A file as the user names it, and with its symbolic links resolved. */
export interface OnnxPath {
  readonly path: string;
  readonly real: string;
}

/** A graph, its large initialisers as references, and the initialisers. */
export interface GraphParts {
  readonly bytes: Uint8Array;
  readonly tensors: readonly ListedTensor[];
}

/** @throws {Unfit} where it is no graph, or its weights are not where it says */
export async function readGraph(window: FileWindow, source: GraphSource): Promise<GraphParts> {
  const parts: Uint8Array[] = [];
  const tensors: ListedTensor[] = [];
  for await (const field of fieldsOf(window, source.place)) {
    if (field.number !== fields.initializer) {
      if (KEPT.includes(field.number)) parts.push((await source.budget.keep(window, field)).bytes);
      continue;
    }
    const { bytes, tensor } = await readInitializer(window, { ...source, place: field.content });
    parts.push(delimited(field.number, bytes));
    tensors.push(tensor);
  }
  return { bytes: joined(parts), tensors };
}

async function readInitializer(
  window: FileWindow,
  { place, budget, file }: GraphSource,
): Promise<{ bytes: Uint8Array; tensor: ListedTensor }> {
  const kept: FieldBytes[] = [];
  let raw: ProtoField | undefined;
  for await (const field of fieldsOf(window, place)) {
    const isRaw = field.number === fields.rawData && field.content.length >= LARGE_BYTES;
    if (!isRaw) kept.push(await budget.keep(window, field));
    else if (raw !== undefined) throw new Unfit("a tensor must have its data once", "them twice");
    else raw = field;
  }
  const message = tensorOf(joined(kept.map(({ bytes }) => bytes)));
  const external = message.externalData.length > 0 || message.dataLocation === 1;
  if (raw !== undefined && external) {
    throw new Unfit(
      "a tensor has data both within and outside the file",
      shown(message.name ?? ""),
    );
  }
  const stored = raw !== undefined
    ? { file: file.real, ...raw.content }
    : external
    ? await externalPlace(message, file.path)
    : undefined;
  const tensor = listed(message, stored);
  if (stored === undefined) return { bytes: joined(kept.map(({ bytes }) => bytes)), tensor };
  expectFilled(tensor);
  return { bytes: joined([...headOf(kept), reference(tensor)]), tensor };
}

function tensorOf(bytes: Uint8Array): TensorMessage {
  try {
    return decodeMessage("TensorProto", bytes) as unknown as TensorMessage;
  } catch (cause) {
    throw new Unfit("a tensor is broken", shown(messageOf(cause)));
  }
}

/** What a tensor says of itself, but for where its numbers are. */
function headOf(kept: readonly FieldBytes[]): Uint8Array[] {
  const replaced: readonly number[] = [fields.externalData, fields.dataLocation];
  return kept.filter(({ number }) => !replaced.includes(number)).map(({ bytes }) => bytes);
}

/** Where the numbers are, in the manner of our own graphs: from the root on (see `onnx/serialize.ts`). */
function reference({ file, offset, length }: ListedTensor): Uint8Array {
  const external = { location: file.replace(/^\/+/, ""), offset, length };
  return encodeMessage("TensorProto", {
    dataLocation: 1,
    externalData: Object.entries(external).map(([key, each]) => ({ key, value: `${each}` })),
  });
}

function listed(
  { name = "", dims, dataType = 0 }: TensorMessage,
  stored: StoredPlace | undefined,
): ListedTensor {
  const shape = dims.map(integer);
  const dtype = tensorTypes.get(dataType);
  if (dtype === undefined) {
    throw new Unfit(`the tensor ${shown(name)} is of a type that is not read`, dataType);
  }
  if (!shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0)) {
    throw new Unfit(`the tensor ${shown(name)} has no such shape`, shown(shape));
  }
  const length = byteLengthOf({ dtype, shape });
  return { name, dtype, shape, ...(stored ?? { file: "", offset: 0, length }) };
}

function expectFilled(tensor: ListedTensor): void {
  const expected = byteLengthOf(tensor);
  if (tensor.length === expected) return;
  throw new Unfit(
    `the numbers of the tensor ${shown(tensor.name)} take ${expected} bytes`,
    tensor.length,
  );
}
