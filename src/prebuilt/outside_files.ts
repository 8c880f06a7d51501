/**
 * Refuses tensors that an ONNX file keeps elsewhere than among the initialisers of its graph and that lie
 * outside the file: onnxruntime would read whatever file they name.
 *
 * @module
 */

import { shown } from "../weights/bad_model.ts";
import { Unfit } from "../weights/torch/unfit.ts";
import type {
  AttributeMessage,
  GraphMessage,
  ModelMessage,
  NodeMessage,
  SparseMessage,
  TensorMessage,
} from "./messages.ts";

/** @throws {Unfit} naming such a tensor */
export function refuseFilesWithin({ graph, functions }: ModelMessage): void {
  graph.node.forEach(ofNode);
  graph.sparseInitializer.forEach(ofSparse);
  for (const { node, attributeProto } of functions) {
    node.forEach(ofNode);
    attributeProto.forEach(ofAttribute);
  }
}

function ofNode({ attribute }: NodeMessage): void {
  attribute.forEach(ofAttribute);
}

function ofAttribute(attribute: AttributeMessage): void {
  const { t, g, tensors, graphs, sparseTensor, sparseTensors } = attribute;
  [...tensors, t].forEach(ofTensor);
  [...graphs, g].forEach(ofGraph);
  [...sparseTensors, sparseTensor].forEach(ofSparse);
}

function ofGraph(graph: GraphMessage | null | undefined): void {
  graph?.node.forEach(ofNode);
  graph?.initializer.forEach(ofTensor);
  graph?.sparseInitializer.forEach(ofSparse);
}

function ofSparse(sparse: SparseMessage | null | undefined): void {
  [sparse?.values, sparse?.indices].forEach(ofTensor);
}

function ofTensor(tensor: TensorMessage | null | undefined): void {
  const isOutside = tensor?.dataLocation === 1 || (tensor?.externalData.length ?? 0) > 0;
  if (!isOutside) return;
  throw new Unfit(
    "only the initialisers of its graph may lie outside the file",
    `the tensor ${shown(tensor?.name ?? "")} within a node`,
  );
}
