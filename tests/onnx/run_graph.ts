/**
 * Runs graphs in onnxruntime and holds the shapes they declare against those that came out.
 *
 * @module
 */

import assert from "node:assert/strict";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { check } from "../../src/onnx/check.ts";
import type { Graph } from "../../src/onnx/graph.ts";
import { serialize } from "../../src/onnx/serialize.ts";
import { describe, type Dtype, type Shape, UNKNOWN } from "../../src/onnx/value.ts";

/** A tensor as plain numbers, row-major; bools are 0 and 1. */
export interface Plain {
  readonly dims: readonly number[];
  readonly data: readonly number[];
  /** @default "float32" */
  readonly dtype?: Dtype;
}

/**
 * Checks and runs a graph; outputs by name. Fails where an input or output has another element type or
 * shape than the graph declares, or where a name stands for two extents.
 */
export async function runGraph(
  graph: Graph,
  feeds: Readonly<Record<string, Plain>> = {},
): Promise<Record<string, Required<Plain>>> {
  check(graph);
  const session = await openGraph(graph);
  try {
    const tensors = Object.entries(feeds).map(([name, plain]) => [name, tensorOf(plain)]);
    const results = await session.run(Object.fromEntries(tensors));
    const outputs = Object.fromEntries(
      Object.entries(results).map(([name, tensor]) => [name, plainOf(tensor)]),
    );
    assertAsDeclared(graph, { ...feeds, ...outputs });
    return outputs;
  } finally {
    await session.release();
  }
}

/** A session as the engine opens them, on one thread. */
export async function openGraph(graph: Graph): Promise<InferenceSession> {
  return await InferenceSession.create(serialize(graph), {
    intraOpNumThreads: 1,
    enableMemPattern: false,
    logSeverityLevel: 4,
    extra: { session: { model_external_initializers_file_folder_path: "/" } },
  });
}

/** A list of numbers, or a list of lists. */
export type Nested = number | readonly Nested[];

/** Numbers with the shape that their nesting gives them. */
export function plain(nested: Nested, dtype: Dtype = "float32"): Required<Plain> {
  const dims: number[] = [];
  for (let part = nested; typeof part !== "number"; part = part[0] ?? 0) dims.push(part.length);
  const data = numbersOf(nested);
  assert.equal(data.length, dims.reduce((product, dim) => product * dim, 1), "lists are even");
  return { dims, data, dtype };
}

function numbersOf(nested: Nested): number[] {
  return typeof nested === "number" ? [nested] : nested.flatMap(numbersOf);
}

/** Fails where numbers differ by more than `tolerance` times the larger of 1 and their magnitude. */
export function assertNear(
  actual: Plain,
  expected: Plain,
  { tolerance = 1e-5, what = "result" }: { tolerance?: number; what?: string } = {},
): void {
  assert.deepEqual(actual.dims, expected.dims, `${what}: its shape`);
  assert.equal(actual.dtype ?? "float32", expected.dtype ?? "float32", `${what}: its type`);
  expected.data.forEach((wanted, i) => {
    const found = actual.data[i] ?? NaN;
    const near = Object.is(found, wanted) ||
      Math.abs(found - wanted) <= tolerance * Math.max(1, Math.abs(wanted));
    assert.ok(near, `${what}[${i}]: ${found}, expected ${wanted}`);
  });
}

function assertAsDeclared(graph: Graph, tensors: Readonly<Record<string, Plain>>): void {
  const extents = new Map<string, number>();
  const declared = [
    ...graph.inputs.map((value) => [value.label, value] as const),
    ...graph.outputs,
  ];
  for (const [name, value] of declared) {
    const { dims, dtype = "float32" } = tensors[name] ?? { dims: [] };
    const told = `${name} is declared as ${describe(value)}, but is ${dtype}[${dims.join(", ")}]`;
    assert.equal(dtype, value.dtype, told);
    assert.ok(bind(extents, { declared: value.shape, dims }), told);
  }
}

/** Whether extents are as declared, names meaning the same everywhere. */
function bind(
  extents: Map<string, number>,
  { declared, dims }: { declared: Shape; dims: readonly number[] },
): boolean {
  return declared.length === dims.length && declared.every((dim, axis) => {
    const found = dims[axis] ?? 0;
    if (dim === UNKNOWN) return true;
    if (typeof dim === "number") return dim === found;
    const known = extents.get(dim) ?? found;
    extents.set(dim, known);
    return known === found;
  });
}

function tensorOf({ dims, data, dtype = "float32" }: Plain): Tensor {
  switch (dtype) {
    case "float64":
      return new Tensor(dtype, Float64Array.from(data), [...dims]);
    case "float32":
      return new Tensor(dtype, Float32Array.from(data), [...dims]);
    case "float16":
      return new Tensor(dtype, new Uint16Array(Float16Array.from(data).buffer), [...dims]);
    case "int64":
      return new Tensor(dtype, BigInt64Array.from(data.map(BigInt)), [...dims]);
    case "int32":
      return new Tensor(dtype, Int32Array.from(data), [...dims]);
    case "int8":
      return new Tensor(dtype, Int8Array.from(data), [...dims]);
    case "uint8":
    case "bool":
      return new Tensor(dtype, Uint8Array.from(data), [...dims]);
    case "bfloat16":
      throw new TypeError("Cannot feed bfloat16: onnxruntime-node has no such tensors");
  }
}

function plainOf({ type, data, dims }: Tensor): Required<Plain> {
  const numbers = type === "float16" && !(data instanceof Float16Array)
    ? new Float16Array((data as Uint16Array).slice().buffer)
    : data;
  return {
    dtype: type as Dtype,
    dims,
    data: Array.from(numbers as ArrayLike<number | bigint>, Number),
  };
}
