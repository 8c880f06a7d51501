/**
 * The messages of an ONNX file as they are read. Names and fields are those of onnx.proto.
 *
 * @module
 */

/** An integer of 64 bits as the reader gives it. */
type Integer = number | { toString(): string };

/** It as a number: one beyond 2^53 is rounded. */
export function integer(value: Integer): number {
  return Number(value.toString());
}

/** `ModelProto`. Lists are always there; other fields that were not written are absent or empty. */
export interface ModelMessage {
  readonly opsetImport: readonly { readonly domain?: string; readonly version?: Integer }[];
  readonly graph: GraphMessage;
  readonly functions: readonly FunctionMessage[];
}

/** `GraphProto`. */
export interface GraphMessage {
  readonly node: readonly NodeMessage[];
  readonly initializer: readonly TensorMessage[];
  readonly input: readonly ValueMessage[];
  readonly output: readonly ValueMessage[];
  readonly sparseInitializer: readonly SparseMessage[];
}

/** `NodeProto`. */
export interface NodeMessage {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name?: string;
  readonly opType?: string;
  readonly domain?: string;
  readonly attribute: readonly AttributeMessage[];
}

/** `AttributeProto`. */
export interface AttributeMessage {
  readonly name?: string;
  readonly type?: number;
  readonly i?: Integer;
  readonly s?: Uint8Array;
  readonly t?: TensorMessage | null;
  readonly g?: GraphMessage | null;
  readonly ints: readonly Integer[];
  readonly tensors: readonly TensorMessage[];
  readonly graphs: readonly GraphMessage[];
  readonly sparseTensor?: SparseMessage | null;
  readonly sparseTensors: readonly SparseMessage[];
}

/** `FunctionProto`. */
interface FunctionMessage {
  readonly name?: string;
  readonly domain?: string;
  readonly node: readonly NodeMessage[];
  readonly attributeProto: readonly AttributeMessage[];
}

/** `TensorProto`. */
export interface TensorMessage {
  readonly name?: string;
  readonly dims: readonly Integer[];
  readonly dataType?: number;
  readonly rawData?: Uint8Array;
  readonly externalData: readonly { readonly key?: string; readonly value?: string }[];
  readonly dataLocation?: number;
}

/** `SparseTensorProto`. */
export interface SparseMessage {
  readonly values?: TensorMessage | null;
  readonly indices?: TensorMessage | null;
}

/** `ValueInfoProto`, of tensors. */
export interface ValueMessage {
  readonly name?: string;
  readonly type?: {
    readonly tensorType?: {
      readonly elemType?: number;
      readonly shape?: {
        readonly dim: readonly { readonly dimValue?: Integer; readonly dimParam?: string }[];
      };
    };
  };
}
