/**
 * A prebuilt graph: what is known of an ONNX file before it is run.
 *
 * @module
 */

import { encodeMessage, type Message } from "../onnx/protobuf.ts";
import type { ListedTensor } from "../weights/checkpoint.ts";
import { OLDEST_OPSET, opsetOf, withAttention, withWideLogits } from "./expose_attention.ts";
import { type GraphInputs, graphInputs } from "./graph_inputs.ts";
import { viewOf } from "./graph_view.ts";
import { type AttentionSearch, lastAttention } from "./last_attention.ts";
import type { ModelMessage } from "./messages.ts";
import { readOnnxFile } from "./onnx_file.ts";

/** An ONNX file that is a sequence classifier. */
export interface PrebuiltGraph {
  readonly path: string;
  readonly model: ModelMessage;
  readonly inputs: GraphInputs;
  /** Its last attention, or why it is not exposed. */
  readonly attention: AttentionSearch;
  readonly tensors: readonly ListedTensor[];
}

/** @throws {AbacusError} `bad_model` where the file is broken or is no sequence classifier */
export async function readPrebuiltGraph(path: string): Promise<PrebuiltGraph> {
  const { model, tensors } = await readOnnxFile(path);
  return {
    path,
    model,
    tensors,
    inputs: graphInputs(model.graph, path),
    attention: attentionOf(model),
  };
}

function attentionOf(model: ModelMessage): AttentionSearch {
  const opset = opsetOf(model);
  if (opset < OLDEST_OPSET) {
    return {
      missing:
        `its operators are of set ${opset}, and ${OLDEST_OPSET} is the oldest with all needed`,
    };
  }
  return lastAttention(viewOf(model.graph), { tokens: "input_ids", logits: "logits" });
}

/** The bytes of the model for a session, with the rows of its last attention where they are wanted. */
export function sessionBytes(
  { model, inputs, attention }: PrebuiltGraph,
  { exposed }: { exposed: boolean },
): Uint8Array<ArrayBuffer> {
  const wide = withWideLogits(model, inputs);
  const whole = exposed && !("missing" in attention) ? withAttention(wide, attention) : wide;
  return encodeMessage("ModelProto", whole as unknown as Message);
}
