import assert from "node:assert/strict";
import fc from "fast-check";
import { gradients } from "../../../src/onnx/gradient.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import * as ops from "../../../src/onnx/ops.ts";
import type { Value } from "../../../src/onnx/value.ts";
import {
  assertGradients,
  indices,
  numbers,
  testGradients,
} from "../../support/finite_differences.ts";

/** The angles of three rows. */
const anglesOf = (rotated: number) => numbers([3, rotated / 2], 4).data.map((x) => 3 * x);
const sides = [false, true].flatMap((a) => [false, true].map((b) => [a, b] as const));

testGradients([
  ...sides.map(([transposeA, transposeB]) => ({
    name: `of a gemm${transposeA ? ", its left side transposed" : ""}${
      transposeB ? ", its right side transposed" : ""
    }`,
    feed: {
      a: numbers(transposeA ? [3, 2] : [2, 3]),
      b: numbers(transposeB ? [4, 3] : [3, 4], 2),
      bias: numbers([4], 6),
    },
    build: ({ a, b, bias }: Readonly<Record<string, Value>>) =>
      ops.gemm(a!, b!, { bias, transposeA, transposeB }),
  })),
  {
    name: "of a gemm whose bias is a column",
    feed: { a: numbers([2, 3]), b: numbers([3, 4], 2), bias: numbers([2, 1], 6) },
    build: ({ a, b, bias }) => ops.gemm(a!, b!, { bias }),
  },
  {
    name: "of gemms of the same rows, whose gradients add up",
    feed: { x: numbers([2, 3]), v: numbers([3, 4], 2), w: numbers([4, 3], 6) },
    build: ({ x, v, w }) =>
      ops.mul(
        ops.mul(ops.gemm(x!, v!), ops.gemm(x!, w!, { transposeB: true })),
        ops.reduceSum(x!, [1], { keep: true }),
      ),
  },
  {
    name: "of a gemm of a named number of rows",
    feed: { a: { ...numbers([2, 3]), as: ["tokens", 3] }, b: numbers([4, 3], 2), c: numbers([4]) },
    build: ({ a, b, c }) => ops.gemm(a!, b!, { bias: c, transposeB: true }),
  },
  {
    name: "of a product of matrices",
    feed: { a: numbers([2, 3]), b: numbers([3, 4], 2) },
    build: ({ a, b }) => ops.matmul(a!, b!),
  },
  {
    name: "of a product of many rows with one matrix",
    feed: { a: { ...numbers([2, 2, 3]), as: ["batch", "length", 3] }, b: numbers([3, 4], 2) },
    build: ({ a, b }) => ops.matmul(a!, b!),
  },
  {
    name: "of a product with one matrix, whose extents are names",
    feed: {
      a: { ...numbers([2, 2, 3]), as: ["batch", "length", "inner"] },
      b: { ...numbers([3, 4], 2), as: ["inner", "columns"] },
    },
    build: ({ a, b }) => ops.matmul(a!, b!),
  },
  {
    name: "of a product of stacks of named extents",
    feed: {
      a: { ...numbers([2, 3, 2]), as: ["batch", "length", 2] },
      b: { ...numbers([2, 2, 3], 2), as: ["batch", 2, "keys"] },
    },
    build: ({ a, b }) => ops.matmul(a!, b!),
  },
  {
    name: "of a product whose outer axes are repeated",
    feed: { a: numbers([2, 1, 2, 3]), b: numbers([3, 3, 2], 2) },
    build: ({ a, b }) => ops.matmul(a!, b!),
  },
  {
    name: "of a matrix times a stack",
    feed: { a: numbers([2, 3]), b: numbers([2, 3, 2], 2) },
    build: ({ a, b }) => ops.matmul(a!, b!),
  },
  ...[false, true].flatMap((interleaved) =>
    [undefined, 4].map((rotated) => ({
      name: `of a rotation of ${rotated ?? "all"} columns, ${
        interleaved ? "neighbours" : "halves"
      } paired`,
      feed: {
        x: numbers([1, 3, 12]),
        rows: indices([1, 3], 3),
        cos: { dims: [3, (rotated ?? 6) / 2], data: anglesOf(rotated ?? 6).map(Math.cos) },
        sin: { dims: [3, (rotated ?? 6) / 2], data: anglesOf(rotated ?? 6).map(Math.sin) },
      },
      wrt: ["x"],
      build: ({ x, rows, cos, sin }: Readonly<Record<string, Value>>) =>
        ops.rotaryEmbedding(x!, { rows: rows!, cos: cos!, sin: sin! }, {
          heads: 2,
          rotated,
          interleaved,
        }),
    }))
  ),
]);

Deno.test("of random products, the gradients are near finite differences", async () => {
  const extent = fc.integer({ min: 1, max: 3 });
  const outer = fc.array(extent, { maxLength: 2 });
  const arbitrary = fc.record({
    outer,
    ones: fc.tuple(fc.array(fc.boolean()), fc.array(fc.boolean())),
    dropped: fc.tuple(fc.nat(2), fc.nat(2)),
    extents: fc.tuple(extent, extent, extent),
  });
  await fc.assert(
    fc.asyncProperty(
      arbitrary,
      async ({ outer, ones, dropped, extents: [rows, inner, columns] }) => {
        const [left, right] = [0, 1].map((i) =>
          outer.map((dim, axis) => ones[i]![axis] ?? false ? 1 : dim).slice(dropped[i])
        );
        const [a, b] = [[...left!, rows, inner], [...right!, inner, columns]];
        await assertGradients({
          name: `[${a}] times [${b}]`,
          feed: { a: numbers(a), b: numbers(b, 2) },
          build: ({ a, b }) => ops.matmul(a!, b!),
        });
      },
    ),
    { numRuns: 15 },
  );
});

Deno.test("a linear layer's gradients are gemms and nothing else", () => {
  const graph = new Graph("linear");
  const x = graph.input("x", "float32", ["tokens", 4]);
  const weight = graph.input("w", "float32", [8, 4]);
  const y = ops.gemm(x, weight, { transposeB: true });
  const loss = ops.mul(y, graph.input("weights", "float32", ["tokens", 8]));
  const before = graph.nodes.length;
  gradients(loss, [x, weight]);
  assert.deepEqual(graph.nodes.slice(before).map(({ op }) => op), ["Gemm", "Gemm"]);
});

Deno.test("rows that several gemms read get one gemm after the other, and no sum", () => {
  const graph = new Graph("projections");
  const x = graph.input("x", "float32", [3, 4]);
  const parts = ["q", "k", "v"].map((name) => ops.gemm(x, graph.input(name, "float32", [4, 2])));
  const loss = ops.mul(ops.mul(parts[0]!, parts[1]!), parts[2]!);
  const before = graph.nodes.length;
  gradients(loss, [x]);
  const made = graph.nodes.slice(before).map(({ op }) => op);
  assert.deepEqual(made.filter((op) => op !== "Mul"), ["Gemm", "Gemm", "Gemm"]);
});
