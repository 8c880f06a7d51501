import assert from "node:assert/strict";
import fc from "fast-check";
import { gradients } from "../../../src/onnx/gradient.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import * as ops from "../../../src/onnx/ops.ts";
import type { Value } from "../../../src/onnx/value.ts";
import {
  assertGradients,
  numbers,
  positives,
  testGradients,
} from "../../support/finite_differences.ts";
import { runGraph } from "../run_graph.ts";

const [whole, row, column] = [numbers([2, 3]), numbers([3], 2), numbers([2, 1], 4)];
const named = { ...numbers([2, 3]), as: ["batch", "length"] };
/** Nowhere nearer to `whole` than finite differences reach. */
const apart = { dims: [2, 3], data: whole.data.map((x, i) => x + (i % 2 ? 0.3 : -0.3)) };

testGradients([
  { name: "of a sum", feed: { a: whole, b: row }, build: ({ a, b }) => ops.add(a!, b!) },
  { name: "of a sum with itself", feed: { a: whole }, build: ({ a }) => ops.add(a!, a!) },
  {
    name: "of a sum whose two operands both broadcast",
    feed: { a: row, b: column },
    build: ({ a, b }) => ops.add(a!, b!),
  },
  { name: "of a difference", feed: { a: row, b: whole }, build: ({ a, b }) => ops.sub(a!, b!) },
  {
    name: "of a difference from what is used before",
    feed: { a: row, b: column },
    build: ({ a, b }) => ops.mul(ops.sub(a!, b!), b!),
  },
  { name: "of a product", feed: { a: whole, b: column }, build: ({ a, b }) => ops.mul(a!, b!) },
  { name: "of a square", feed: { a: whole }, build: ({ a }) => ops.mul(a!, a!) },
  { name: "of a multiple", feed: { a: whole }, build: ({ a }) => ops.mul(a!, -3) },
  {
    name: "of a quotient",
    feed: { a: whole, b: positives([3]) },
    build: ({ a, b }) => ops.div(a!, b!),
  },
  { name: "of a fraction", feed: { a: whole }, build: ({ a }) => ops.div(a!, 4) },
  { name: "of a reciprocal", feed: { a: positives([3]) }, build: ({ a }) => ops.div(1, a!) },
  ...[-1.5, 0.5, 1, 2, 3].map((exponent) => ({
    name: `of the power ${exponent}`,
    feed: { a: positives([4]) },
    build: ({ a }: Readonly<Record<string, Value>>) => ops.pow(a!, exponent),
  })),
  {
    name: "of a power of tensors",
    feed: { a: positives([2, 3]), b: row },
    build: ({ a, b }) => ops.pow(a!, b!),
  },
  { name: "of the larger", feed: { a: whole, b: apart }, build: ({ a, b }) => ops.max(a!, b!) },
  { name: "of the smaller", feed: { a: whole, b: apart }, build: ({ a, b }) => ops.min(a!, b!) },
  {
    name: "of a clip",
    feed: { a: whole },
    build: ({ a }) => ops.min(ops.max(a!, -0.45), 0.45),
  },
  {
    name: "of a choice",
    feed: {
      condition: { dims: [2, 1], data: [1, 0], dtype: "bool" },
      a: row,
      b: whole,
    },
    build: ({ condition, a, b }) => ops.where(condition!, a!, b!),
  },
  {
    name: "of a choice between a tensor and a number",
    feed: { condition: { dims: [2, 3], data: [1, 0, 0, 1, 1, 0], dtype: "bool" }, a: row },
    build: ({ condition, a }) => ops.where(condition!, a!, -2),
  },
  {
    name: "of operands of one name, and of extent 1 next to a name",
    feed: {
      a: named,
      b: { ...numbers([2, 3], 2), as: ["batch", "length"] },
      c: { ...column, as: ["batch", 1] },
    },
    build: ({ a, b, c }) => ops.mul(ops.add(a!, b!), c!),
  },
  {
    name: "of an extent nobody knows, next to 1",
    feed: { a: { ...numbers([2, 3]), as: ["?", 3] }, b: row },
    build: ({ a, b }) => ops.reduceSum(ops.mul(a!, b!), [0]),
  },
]);

Deno.test("of random broadcasts, the gradients are near finite differences", async () => {
  const dims = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 });
  const arbitrary = fc.record({
    dims,
    kept: fc.tuple(fc.array(fc.boolean()), fc.array(fc.boolean())),
    dropped: fc.tuple(fc.nat(3), fc.nat(3)),
    op: fc.constantFrom(ops.add, ops.sub, ops.mul, ops.div),
  });
  await fc.assert(
    fc.asyncProperty(arbitrary, async ({ dims, kept, dropped, op }) => {
      const [a, b] = [0, 1].map((i) =>
        dims.map((dim, axis) => kept[i]![axis] ?? true ? dim : 1).slice(dropped[i])
      );
      await assertGradients({
        name: `[${a}] with [${b}]`,
        feed: { a: numbers(a!), b: positives(b!) },
        build: ({ a, b }) => op(a!, b!),
      });
    }),
    { numRuns: 25 },
  );
});

Deno.test("the power 0 is 1 everywhere, at 0 too: its gradient is 0", async () => {
  const graph = new Graph("flat");
  const x = graph.input("x", "float32", [3]);
  const loss = ops.pow(x, 0);
  graph.output("d", gradients(loss, [x])[0]!);
  graph.output("loss", loss);
  const { d } = await runGraph(graph, { x: { dims: [3], data: [0, 2, -1] } });
  assert.deepEqual(d!.data.map(Math.abs), [0, 0, 0]);
});

/** The gradients of the sum of a function of two vectors. */
async function atTies(build: (a: Value, b: Value) => Value): Promise<number[][]> {
  const graph = new Graph("ties");
  const [a, b] = [graph.input("a", "float32", [3]), graph.input("b", "float32", [3])];
  const loss = build(a, b);
  gradients(loss, [a, b]).forEach((value, i) => graph.output(`d${i}`, value));
  graph.output("loss", loss);
  const fed = { a: { dims: [3], data: [1, 2, 3] }, b: { dims: [3], data: [1, 3, 2] } };
  const { d0, d1 } = await runGraph(graph, fed);
  return [[...d0!.data], [...d1!.data]];
}

Deno.test("of equals, the first gets all", async () => {
  assert.deepEqual(await atTies(ops.max), [[1, 0, 1], [0, 1, 0]]);
  assert.deepEqual(await atTies(ops.min), [[1, 1, 0], [0, 0, 1]]);
});

Deno.test("what cannot be decided is refused: a name may turn out to be 1", () => {
  const graph = new Graph("names");
  const [a, b] = [graph.input("a", "float32", ["n"]), graph.input("b", "float32", [5])];
  const sum = ops.add(a, b);
  assert.equal(gradients(sum, [b]).length, 1);
  assert.throws(() => gradients(sum, [a]), {
    name: "TypeError",
    message:
      "Cannot differentiate Add that makes %0 as nothing tells whether axis 0 of a was repeated: received float32[n], float32[5]",
  });
});
