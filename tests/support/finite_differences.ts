/**
 * Central finite differences: what gradients are compared with that were derived by rules.
 *
 * A difference over a step `h` is off by a multiple of `h * h`; the one over `2 * h` by four times that.
 * So `(4 * D(h) - D(2 * h)) / 3` is off by a multiple of `h ** 4` only, and steps may be large enough
 * (0.02) that the rounding of float32, 6e-8 of a result over a step, stays below 1e-5.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type InferenceSession, Tensor } from "onnxruntime-node";
import { gradients } from "../../src/onnx/gradient.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { mul } from "../../src/onnx/ops.ts";
import type { Shape, Value } from "../../src/onnx/value.ts";
import { openGraph, type Plain, runGraph } from "../onnx/run_graph.ts";

/** A function of tensors, and where to differentiate it. */
export interface Differentiated {
  readonly name: string;
  /** Inputs by name; `as` gives extents names. */
  readonly feed: Readonly<Record<string, Plain & { readonly as?: Shape }>>;
  readonly build: (inputs: Readonly<Record<string, Value>>, graph: Graph) => Value;
  /** @default every input of float32 */
  readonly wrt?: readonly string[];
  /** By how much gradients may be off, next to the largest entry of the same gradient or 1. @default 1e-3 */
  readonly tolerance?: number;
}

/**
 * How the loss sums up what a function gives: every number with a weight of its own; all alike; or
 * one weight per row. In the last two, gradients are narrower than what they belong to.
 */
const weightings = ["each", "none", "rows"] as const;
type Weighting = typeof weightings[number];

/** Registers a test per function. */
export function testGradients(cases: readonly Differentiated[]): void {
  for (const each of cases) Deno.test(each.name, () => assertGradients(each));
}

/** Fails unless all gradients are near finite differences, entry by entry, however results are weighted. */
export async function assertGradients(differentiated: Differentiated): Promise<void> {
  const { name, feed, tolerance = 1e-3 } = differentiated;
  const { wrt = floatsOf(feed) } = differentiated;
  const slopes = await differences(differentiated, wrt);
  for (const weighting of weightings) {
    const weights = weightsOf(slopes.dims, weighting);
    const found = await gradientsOf(differentiated, { wrt, weights });
    for (const input of wrt) {
      const expected = slopes.of(input, weights);
      const { data, dims } = found[`d.${input}`] ?? { data: [], dims: [] };
      assert.deepEqual(dims, feed[input]?.dims, `${name}: the shape of d.${input}`);
      const scale = Math.max(1, ...expected.map(Math.abs));
      expected.forEach((wanted, i) => {
        const off = Math.abs((data[i] ?? NaN) - wanted);
        const told = `${name}: d.${input}[${i}], weights ${weighting}: ${
          data[i]
        }, expected ${wanted}`;
        assert.ok(off <= tolerance * scale, told);
      });
    }
  }
}

/** Numbers between -1 and 1 that look random and are the same every time, none near another. */
export function numbers(dims: readonly number[], seed = 1): Plain & { dims: readonly number[] } {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const golden = (Math.sqrt(5) - 1) / 2;
  const data = Array.from({ length: count }, (_, i) => {
    return Math.fround(2 * (((i + 1) * golden + seed * 0.7548776662) % 1) - 1);
  });
  return { dims, data };
}

/** Numbers between 0.5 and 1.5. */
export function positives(dims: readonly number[], seed = 1): Plain & { dims: readonly number[] } {
  const { data } = numbers(dims, seed);
  return { dims, data: data.map((x) => Math.fround(1 + x / 2)) };
}

/** Indices into an axis of that many entries, some of them more than once. */
export function indices(
  dims: readonly number[],
  entries: number,
  dtype: "int32" | "int64" = "int64",
): Plain & { dims: readonly number[] } {
  const data = numbers(dims, 5).data.map((x) => Math.floor((x + 1) / 2 * entries));
  return { dims, data, dtype };
}

function floatsOf(feed: Differentiated["feed"]): string[] {
  return Object.keys(feed).filter((name) => (feed[name]?.dtype ?? "float32") === "float32");
}

/** The weights of a result's numbers, and their shape in the graph. */
interface Weights {
  readonly dims: readonly number[];
  readonly fed: Plain | undefined;
  /** The weight of entry `i`. */
  of(i: number): number;
}

function weightsOf(dims: readonly number[], weighting: Weighting): Weights {
  if (weighting === "none") return { dims, fed: undefined, of: () => 1 };
  const width = weighting === "rows" ? dims.at(-1) ?? 1 : 1;
  const narrow = weighting === "rows" && dims.length > 0 ? dims.with(-1, 1) : dims;
  const fed = numbers(narrow, 3);
  return { dims, fed, of: (i) => fed.data[Math.floor(i / width)] ?? 0 };
}

/** The function with its inputs declared. */
function declared(
  { feed, build }: Differentiated,
): { graph: Graph; inputs: Readonly<Record<string, Value>>; result: Value } {
  const graph = new Graph("differentiated");
  const inputs = Object.fromEntries(
    Object.entries(feed).map(([name, { dims, dtype = "float32", as = dims }]) => {
      return [name, graph.input(name, dtype, as)];
    }),
  );
  return { graph, inputs, result: build(inputs, graph) };
}

/** The gradients of the weighted sum of the results, from the graph. */
async function gradientsOf(
  differentiated: Differentiated,
  { wrt, weights: { fed } }: { wrt: readonly string[]; weights: Weights },
): Promise<Record<string, Required<Plain>>> {
  const { graph, inputs, result } = declared(differentiated);
  const shape = result.shape.map((dim, axis) => fed?.dims[axis] === 1 ? 1 : dim);
  const loss = fed === undefined ? result : mul(result, graph.input("weights", "float32", shape));
  const values = wrt.map((name) => inputs[name]!);
  gradients(loss, values).forEach((value, i) => graph.output(`d.${wrt[i]}`, value));
  graph.output("loss", loss);
  // An input that no gradient needs is still one that the loss needs.
  const feeds = { ...differentiated.feed, ...(fed === undefined ? {} : { weights: fed }) };
  return await runGraph(graph, feeds);
}

/** How all results change with every entry of every input. */
interface Slopes {
  readonly dims: readonly number[];
  /** The derivative of the weighted sum by every entry of an input. */
  of(input: string, weights: Weights): number[];
}

const STEP = 0.02;

async function differences(
  differentiated: Differentiated,
  wrt: readonly string[],
): Promise<Slopes> {
  const { graph, result } = declared(differentiated);
  graph.output("result", result);
  const session = await openGraph(graph);
  try {
    const evaluate = (feed: Differentiated["feed"]) => run(session, feed);
    const dims = (await evaluate(differentiated.feed)).dims;
    const columns = new Map<string, number[][]>();
    for (const input of wrt) {
      columns.set(input, await columnsOf(evaluate, differentiated.feed, input));
    }
    return {
      dims,
      of: (input, weights) =>
        (columns.get(input) ?? []).map((column) =>
          column.reduce((sum, slope, i) => sum + slope * weights.of(i), 0)
        ),
    };
  } finally {
    await session.release();
  }
}

/** Per entry of the input, the change of every result. */
async function columnsOf(
  evaluate: (feed: Differentiated["feed"]) => Promise<Required<Plain>>,
  feed: Differentiated["feed"],
  input: string,
): Promise<number[][]> {
  const fed = feed[input]!;
  const columns: number[][] = [];
  for (let entry = 0; entry < fed.data.length; entry++) {
    const at = async (step: number) => {
      const moved = Math.fround(fed.data[entry]! + step);
      const data = fed.data.with(entry, moved);
      return { moved, ...(await evaluate({ ...feed, [input]: { ...fed, data } })) };
    };
    const slopes = async (step: number) => {
      const [above, below] = [await at(step), await at(-step)];
      return above.data.map((y, i) => (y - below.data[i]!) / (above.moved - below.moved));
    };
    const [near, far] = [await slopes(STEP), await slopes(2 * STEP)];
    columns.push(near.map((slope, i) => (4 * slope - far[i]!) / 3));
  }
  return columns;
}

async function run(
  session: InferenceSession,
  feed: Differentiated["feed"],
): Promise<Required<Plain>> {
  const tensors = Object.entries(feed).map(([name, each]) => [name, tensorOf(each)]);
  const { result } = await session.run(Object.fromEntries(tensors));
  assert.ok(result !== undefined);
  return { dims: result.dims, data: [...result.data as Float32Array], dtype: "float32" };
}

function tensorOf({ dims, data, dtype = "float32" }: Plain): Tensor {
  if (dtype === "int64") return new Tensor(dtype, BigInt64Array.from(data, BigInt), [...dims]);
  if (dtype === "int32") return new Tensor(dtype, Int32Array.from(data), [...dims]);
  if (dtype === "bool") return new Tensor(dtype, Uint8Array.from(data), [...dims]);
  return new Tensor("float32", Float32Array.from(data), [...dims]);
}
