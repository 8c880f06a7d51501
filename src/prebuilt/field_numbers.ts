/**
 * The numbers of fields that are told apart before a message is decoded.
 *
 * @module
 */

/** Field numbers of onnx.proto: of ModelProto, GraphProto and TensorProto. */
export const fields = {
  irVersion: 1,
  graph: 7,
  opsetImport: 8,
  functions: 25,
  node: 1,
  name: 2,
  initializer: 5,
  input: 11,
  output: 12,
  sparseInitializer: 15,
  rawData: 9,
  externalData: 13,
  dataLocation: 14,
} as const;
