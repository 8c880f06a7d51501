/**
 * The messages of onnx.proto that Abacus writes and reads, with their field numbers (ONNX 1.17, IR version
 * 10).
 *
 * @module
 */

import protobuf from "protobufjs";
import { once } from "../once.ts";

/** Field numbers are the wire format: they never change once ONNX has given them. */
type Fields = Record<string, { type: string; id: number; rule?: "repeated" }>;

/**
 * All of onnx.proto that a model's answers can depend on. Left out are descriptions, metadata, training info
 * and facts about values that a runtime finds by itself; in reading they are passed over.
 */
const messages: Record<string, Fields> = {
  ModelProto: {
    irVersion: { type: "int64", id: 1 },
    producerName: { type: "string", id: 2 },
    graph: { type: "GraphProto", id: 7 },
    opsetImport: { type: "OperatorSetIdProto", id: 8, rule: "repeated" },
    functions: { type: "FunctionProto", id: 25, rule: "repeated" },
  },
  OperatorSetIdProto: {
    domain: { type: "string", id: 1 },
    version: { type: "int64", id: 2 },
  },
  FunctionProto: {
    name: { type: "string", id: 1 },
    input: { type: "string", id: 4, rule: "repeated" },
    output: { type: "string", id: 5, rule: "repeated" },
    attribute: { type: "string", id: 6, rule: "repeated" },
    node: { type: "NodeProto", id: 7, rule: "repeated" },
    opsetImport: { type: "OperatorSetIdProto", id: 9, rule: "repeated" },
    domain: { type: "string", id: 10 },
    attributeProto: { type: "AttributeProto", id: 11, rule: "repeated" },
    overload: { type: "string", id: 13 },
  },
  GraphProto: {
    node: { type: "NodeProto", id: 1, rule: "repeated" },
    name: { type: "string", id: 2 },
    initializer: { type: "TensorProto", id: 5, rule: "repeated" },
    input: { type: "ValueInfoProto", id: 11, rule: "repeated" },
    output: { type: "ValueInfoProto", id: 12, rule: "repeated" },
    sparseInitializer: { type: "SparseTensorProto", id: 15, rule: "repeated" },
  },
  NodeProto: {
    input: { type: "string", id: 1, rule: "repeated" },
    output: { type: "string", id: 2, rule: "repeated" },
    name: { type: "string", id: 3 },
    opType: { type: "string", id: 4 },
    attribute: { type: "AttributeProto", id: 5, rule: "repeated" },
    domain: { type: "string", id: 7 },
    overload: { type: "string", id: 8 },
  },
  AttributeProto: {
    name: { type: "string", id: 1 },
    f: { type: "float", id: 2 },
    i: { type: "int64", id: 3 },
    s: { type: "bytes", id: 4 },
    t: { type: "TensorProto", id: 5 },
    g: { type: "GraphProto", id: 6 },
    floats: { type: "float", id: 7, rule: "repeated" },
    ints: { type: "int64", id: 8, rule: "repeated" },
    strings: { type: "bytes", id: 9, rule: "repeated" },
    tensors: { type: "TensorProto", id: 10, rule: "repeated" },
    graphs: { type: "GraphProto", id: 11, rule: "repeated" },
    tp: { type: "TypeProto", id: 14 },
    typeProtos: { type: "TypeProto", id: 15, rule: "repeated" },
    type: { type: "int32", id: 20 },
    refAttrName: { type: "string", id: 21 },
    sparseTensor: { type: "SparseTensorProto", id: 22 },
    sparseTensors: { type: "SparseTensorProto", id: 23, rule: "repeated" },
  },
  ValueInfoProto: {
    name: { type: "string", id: 1 },
    type: { type: "TypeProto", id: 2 },
  },
  TypeProto: {
    tensorType: { type: "TensorTypeProto", id: 1 },
    sequenceType: { type: "ElementTypeProto", id: 4 },
    optionalType: { type: "ElementTypeProto", id: 9 },
  },
  ElementTypeProto: { elemType: { type: "TypeProto", id: 1 } },
  TensorTypeProto: {
    elemType: { type: "int32", id: 1 },
    shape: { type: "TensorShapeProto", id: 2 },
  },
  TensorShapeProto: { dim: { type: "DimensionProto", id: 1, rule: "repeated" } },
  DimensionProto: {
    dimValue: { type: "int64", id: 1 },
    dimParam: { type: "string", id: 2 },
  },
  // Small constants are rawData, checkpoint weights externalData with dataLocation EXTERNAL (1). Others may
  // write numbers one by one.
  TensorProto: {
    dims: { type: "int64", id: 1, rule: "repeated" },
    dataType: { type: "int32", id: 2 },
    floatData: { type: "float", id: 4, rule: "repeated" },
    int32Data: { type: "int32", id: 5, rule: "repeated" },
    stringData: { type: "bytes", id: 6, rule: "repeated" },
    int64Data: { type: "int64", id: 7, rule: "repeated" },
    name: { type: "string", id: 8 },
    rawData: { type: "bytes", id: 9 },
    doubleData: { type: "double", id: 10, rule: "repeated" },
    uint64Data: { type: "uint64", id: 11, rule: "repeated" },
    externalData: { type: "StringStringEntryProto", id: 13, rule: "repeated" },
    dataLocation: { type: "int32", id: 14 },
  },
  SparseTensorProto: {
    values: { type: "TensorProto", id: 1 },
    indices: { type: "TensorProto", id: 2 },
    dims: { type: "int64", id: 3, rule: "repeated" },
  },
  StringStringEntryProto: {
    key: { type: "string", id: 1 },
    value: { type: "string", id: 2 },
  },
};

/** A protobuf message as plain fields; field names are those of the table above. */
export type Message = Record<string, unknown>;

const typeOf = once(() => {
  const nested = Object.fromEntries(
    Object.entries(messages).map(([name, fields]) => [name, { fields }]),
  );
  const root = protobuf.Root.fromJSON({ nested });
  return (name: MessageName) => root.lookupType(name);
});

/** A message of the table above by its name in onnx.proto. */
export type MessageName = "ModelProto" | "TensorProto";

/** The bytes of a message. */
export function encodeMessage(name: MessageName, message: Message): Uint8Array<ArrayBuffer> {
  const type = typeOf()(name);
  return new Uint8Array(type.encode(type.create(message)).finish());
}

/**
 * The message of some bytes. Lists are there even where they are empty; fields of one value are only where
 * they were written; integers of 64 bits are objects, as numbers would not hold all of them.
 *
 * @throws {Error} where the bytes are no such message, or nest too deeply
 */
export function decodeMessage(name: MessageName, bytes: Uint8Array): Message {
  return typeOf()(name).decode(bytes) as unknown as Message;
}
