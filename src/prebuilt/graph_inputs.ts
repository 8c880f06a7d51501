/**
 * What a prebuilt graph takes and gives: those of a sequence classifier as transformers' models have them,
 * and nothing else.
 *
 * @module
 */

import { badModel, listed, shown } from "../weights/bad_model.ts";
import { type GraphMessage, integer, type ValueMessage } from "./messages.ts";
import { tensorTypes } from "./tensor_types.ts";

/** The inputs that are fed, by their names in transformers. */
export const inputNames = [
  "input_ids",
  "attention_mask",
  "token_type_ids",
  "position_ids",
] as const;

/** One of {@linkcode inputNames}. */
export type InputName = typeof inputNames[number];

/** The element types that they may have. */
export type IndexType = "int64" | "int32";

/** What a graph takes and gives. */
export interface GraphInputs {
  readonly inputs: ReadonlyMap<InputName, IndexType>;
  /** Element type of the logits. */
  readonly logits: "float32" | "float16";
  /** How many logits a text has, where the file says it. */
  readonly labels: number | undefined;
}

/**
 * @param path the file, for errors
 * @throws {AbacusError} `bad_model` naming an input or output that a sequence classifier does not have
 */
export function graphInputs(graph: GraphMessage, path: string): GraphInputs {
  const defaults = new Set(graph.initializer.map(({ name }) => name));
  // Before IR version 4 initialisers had to be inputs as well.
  const fed = graph.input.filter(({ name }) => !defaults.has(name ?? ""));
  const inputs = new Map(fed.map((input) => [nameOf(input, path), indexType(input, path)]));
  if (!inputs.has("input_ids")) {
    throw unfit(path, 'it has no input "input_ids"', listed([...inputs.keys()].map(shown)));
  }
  return { inputs, ...logitsOf(graph, path) };
}

function nameOf({ name = "" }: ValueMessage, path: string): InputName {
  const known = inputNames.find((each) => each === name);
  if (known !== undefined) return known;
  throw unfit(path, `it may take ${inputNames.join(", ")} alone`, `the input ${shown(name)}`);
}

function indexType(input: ValueMessage, path: string): IndexType {
  const { type, dims } = factsOf(input);
  if (type !== "int64" && type !== "int32") {
    throw unfit(path, `the input ${shown(input.name)} must be int64 or int32`, `${type}`);
  }
  if (dims !== undefined && (dims.length !== 2 || dims.some((dim) => dim !== undefined))) {
    const received = `[${dims.map((dim) => dim ?? "any").join(", ")}]`;
    throw unfit(
      path,
      `the input ${shown(input.name)} must have two axes of any length, batch and tokens ` +
        "(dynamic_axes or dynamic_shapes of the export)",
      received,
    );
  }
  return type;
}

function logitsOf({ output }: GraphMessage, path: string): Omit<GraphInputs, "inputs"> {
  const [logits, ...others] = output;
  if (logits?.name !== "logits" || others.length > 0) {
    const received = listed(output.map(({ name }) => shown(name ?? ""))) || "none";
    throw unfit(path, 'it must have the one output "logits"', received);
  }
  const { type, dims } = factsOf(logits);
  if (type !== "float32" && type !== "float16") {
    throw unfit(path, "its logits must be float32 or float16", `${type}`);
  }
  if (dims !== undefined && dims.length !== 2) {
    const received = `logits of ${dims.length} axes`;
    throw unfit(path, "it must give one row of logits for each text, [batch, labels]", received);
  }
  return { logits: type, labels: dims?.[1] };
}

/** The type of a value and its extents; one that may be any is undefined. */
function factsOf({ type }: ValueMessage): {
  type: string | undefined;
  dims: readonly (number | undefined)[] | undefined;
} {
  const tensor = type?.tensorType;
  const dims = tensor?.shape?.dim.map(({ dimValue = 0 }) => integer(dimValue) || undefined);
  return { type: tensorTypes.get(tensor?.elemType ?? 0), dims };
}

function unfit(path: string, reason: string, received: string): Error {
  return badModel(`Cannot use ${path} as a reward model as ${reason}: received ${received}`);
}
