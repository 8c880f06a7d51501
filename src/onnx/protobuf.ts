/**
 * The messages of onnx.proto that Abacus writes, with their field numbers (ONNX 1.17, IR version 10).
 *
 * @module
 */

import protobuf from "protobufjs";

/** Field numbers are the wire format: they never change once ONNX has given them. */
type Fields = Record<string, { type: string; id: number; rule?: "repeated" }>;

/**
 * The subset of onnx.proto that graphs of Abacus need. Left out are, among others, training info,
 * functions, sparse tensors and the fields of TensorProto that hold numbers one by one.
 */
const messages: Record<string, Fields> = {
  ModelProto: {
    irVersion: { type: "int64", id: 1 },
    producerName: { type: "string", id: 2 },
    graph: { type: "GraphProto", id: 7 },
    opsetImport: { type: "OperatorSetIdProto", id: 8, rule: "repeated" },
  },
  OperatorSetIdProto: {
    domain: { type: "string", id: 1 },
    version: { type: "int64", id: 2 },
  },
  GraphProto: {
    node: { type: "NodeProto", id: 1, rule: "repeated" },
    name: { type: "string", id: 2 },
    initializer: { type: "TensorProto", id: 5, rule: "repeated" },
    input: { type: "ValueInfoProto", id: 11, rule: "repeated" },
    output: { type: "ValueInfoProto", id: 12, rule: "repeated" },
  },
  NodeProto: {
    input: { type: "string", id: 1, rule: "repeated" },
    output: { type: "string", id: 2, rule: "repeated" },
    name: { type: "string", id: 3 },
    opType: { type: "string", id: 4 },
    attribute: { type: "AttributeProto", id: 5, rule: "repeated" },
    domain: { type: "string", id: 7 },
  },
  AttributeProto: {
    name: { type: "string", id: 1 },
    f: { type: "float", id: 2 },
    i: { type: "int64", id: 3 },
    s: { type: "bytes", id: 4 },
    g: { type: "GraphProto", id: 6 },
    ints: { type: "int64", id: 8, rule: "repeated" },
    type: { type: "int32", id: 20 },
  },
  ValueInfoProto: {
    name: { type: "string", id: 1 },
    type: { type: "TypeProto", id: 2 },
  },
  TypeProto: { tensorType: { type: "TensorTypeProto", id: 1 } },
  TensorTypeProto: {
    elemType: { type: "int32", id: 1 },
    shape: { type: "TensorShapeProto", id: 2 },
  },
  TensorShapeProto: { dim: { type: "DimensionProto", id: 1, rule: "repeated" } },
  DimensionProto: {
    dimValue: { type: "int64", id: 1 },
    dimParam: { type: "string", id: 2 },
  },
  // Small constants are rawData, checkpoint weights externalData with dataLocation EXTERNAL (1).
  TensorProto: {
    dims: { type: "int64", id: 1, rule: "repeated" },
    dataType: { type: "int32", id: 2 },
    name: { type: "string", id: 8 },
    rawData: { type: "bytes", id: 9 },
    externalData: { type: "StringStringEntryProto", id: 13, rule: "repeated" },
    dataLocation: { type: "int32", id: 14 },
  },
  StringStringEntryProto: {
    key: { type: "string", id: 1 },
    value: { type: "string", id: 2 },
  },
};

/** A protobuf message as plain fields; field names are those of the table above. */
export type Message = Record<string, unknown>;

/** The bytes of a `ModelProto`. */
export function encodeModel(model: Message): Uint8Array<ArrayBuffer> {
  const nested = Object.fromEntries(
    Object.entries(messages).map(([name, fields]) => [name, { fields }]),
  );
  const type = protobuf.Root.fromJSON({ nested }).lookupType("ModelProto");
  return new Uint8Array(type.encode(type.create(model)).finish());
}
