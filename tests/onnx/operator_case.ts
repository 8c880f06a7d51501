/**
 * Tests of operators as tables: what goes in, what must come out, and the shape that must have been
 * declared beforehand.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Graph } from "../../src/onnx/graph.ts";
import { describe, type Dtype, type Shape, type Value } from "../../src/onnx/value.ts";
import { assertNear, type Nested, type Plain, plain, runGraph } from "./run_graph.ts";

/** What is fed: numbers that are float32, or numbers with more said about them. */
export type Fed = Nested | Plain & { readonly as?: Shape };

/** One application of an operator. */
export interface OperatorCase {
  readonly name: string;
  /** Inputs by name; `as` gives the extents other names than their numbers. */
  readonly feed: Readonly<Record<string, Fed>>;
  readonly build: (
    inputs: Readonly<Record<string, Value>>,
    graph: Graph,
  ) => Value | readonly Value[];
  /** Per output, as `float32[tokens, 3]`. */
  readonly declares: string | readonly string[];
  /** Per output. */
  readonly gives: Nested | Plain | readonly Plain[];
  readonly tolerance?: number;
}

/** Registers a test per case: the declared shape, the real one and the numbers. */
export function testOperators(cases: readonly OperatorCase[]): void {
  for (const each of cases) Deno.test(each.name, () => runCase(each));
}

/** Runs one case. */
export async function runCase(
  { name, feed, build, declares, gives, tolerance = 1e-5 }: OperatorCase,
): Promise<void> {
  const graph = new Graph("case");
  const fed = Object.entries(feed).map(([name, each]) => [name, fedAs(each)] as const);
  const inputs = Object.fromEntries(
    fed.map(([name, { dtype, as }]) => [name, graph.input(name, dtype, as)]),
  );
  const built = build(inputs, graph);
  const values = Array.isArray(built) ? built as readonly Value[] : [built as Value];
  assert.deepEqual(values.map(describe), [declares].flat(), `${name}: the declared shapes`);
  values.forEach((value, i) => graph.output(`out${i}`, value));
  const results = await runGraph(graph, Object.fromEntries(fed));
  const expected = outputsOf(gives, values.map(({ dtype }) => dtype));
  assert.equal(expected.length, values.length, `${name}: how many outputs`);
  expected.forEach((each, i) => {
    const result = results[`out${i}`] ?? plain([]);
    assertNear(result, each, { tolerance, what: `${name}: output ${i}` });
  });
}

/** A function that fails unless the operator refuses, with this message. */
export function refuses(build: (graph: Graph) => unknown, message: string): void {
  assert.throws(() => build(new Graph("case")), { name: "TypeError", message });
}

function fedAs(fed: Fed): Required<Plain> & { as: Shape } {
  if (typeof fed === "number" || Array.isArray(fed)) {
    const known = plain(fed as Nested);
    return { ...known, as: known.dims };
  }
  const { dims, data, dtype = "float32", as = dims } = fed as Plain & { as?: Shape };
  return { dims, data, dtype, as };
}

function outputsOf(gives: OperatorCase["gives"], dtypes: readonly Dtype[]): readonly Plain[] {
  if (Array.isArray(gives) && typeof gives[0] === "object" && "dims" in gives[0]) {
    return gives as readonly Plain[];
  }
  if (typeof gives === "object" && "dims" in gives) return [gives as Plain];
  return [plain(gives as Nested, dtypes[0])];
}
