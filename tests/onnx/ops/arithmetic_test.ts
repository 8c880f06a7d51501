import fc from "fast-check";
import * as ops from "../../../src/onnx/ops/arithmetic.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import type { Binary } from "../../../src/onnx/ops/apply.ts";
import { type OperatorCase, refuses, testOperators } from "../operator_case.ts";
import { assertNear, type Plain, runGraph } from "../run_graph.ts";

const reference: Readonly<Record<keyof typeof ops, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: (a, b) => a ** b,
  max: Math.max,
  min: Math.min,
};
const names = Object.keys(reference) as (keyof typeof ops)[];

const left = [[1, 2.5, 3], [4, 0.5, 6]];
const right = [2, 0.25, 3];

testOperators(names.flatMap((name): OperatorCase[] => {
  const of = reference[name];
  return [
    {
      name: `${name} goes element by element and broadcasts`,
      feed: { a: left, b: right },
      build: ({ a, b }) => ops[name](a!, b!),
      declares: "float32[2, 3]",
      gives: left.map((row) => row.map((each, i) => of(each, right[i]!))),
    },
    {
      name: `${name} takes a number for its second operand`,
      feed: { a: { dims: [2, 3], data: left.flat(), as: ["tokens", 3] } },
      build: ({ a }) => ops[name](a!, 2),
      declares: "float32[tokens, 3]",
      gives: left.map((row) => row.map((each) => of(each, 2))),
    },
    {
      name: `${name} takes a number for its first operand`,
      feed: { b: left },
      build: ({ b }) => ops[name](2, b!),
      declares: "float32[2, 3]",
      gives: left.map((row) => row.map((each) => of(2, each))),
    },
  ];
}));

testOperators([{
  name: "div of integers rounds towards zero",
  feed: { a: { dims: [4], data: [7, 256, 255, -7], dtype: "int32" } },
  build: ({ a }) => ops.div(a!, 2),
  declares: "int32[4]",
  gives: { dims: [4], data: [3, 128, 127, -3], dtype: "int32" },
}]);

Deno.test("arithmetic broadcasts in onnxruntime as the rule says, whatever the shapes", async () => {
  await fc.assert(
    fc.asyncProperty(pairs(), fc.constantFrom(...names), async ([a, b, shape], name) => {
      const graph = new Graph("pair");
      const out = (ops[name] as Binary)(
        graph.input("a", "float32", a.dims),
        graph.input("b", "float32", b.dims),
      );
      graph.output("out", out);
      const found = await runGraph(graph, { a, b });
      assertNear(found["out"]!, byHand(a, b, { shape, of: reference[name] }), { tolerance: 1e-4 });
    }),
    { numRuns: 40 },
  );
});

Deno.test("arithmetic refuses what it cannot combine and says what it received", () => {
  const two = (graph: Graph) => graph.input("a", "float32", [2, 3]);
  refuses(
    (graph) => ops.add(two(graph), graph.input("b", "float32", [2])),
    "Cannot apply Add as its shapes do not broadcast: received float32[2, 3], float32[2]",
  );
  refuses(
    (graph) => ops.mul(two(graph), graph.input("b", "int64", [3])),
    "Cannot apply Mul as its element types differ: received float32[2, 3], int64[3]",
  );
  refuses(
    (graph) => ops.sub(graph.input("a", "bool", []), graph.input("b", "bool", [])),
    "Cannot apply Sub as its input 0 must be of numbers: received bool[], bool[]",
  );
  refuses(
    (graph) => ops.add(graph.input("a", "float32", ["m"]), graph.input("b", "float32", ["n"])),
    "Cannot apply Add as its shapes do not broadcast: received float32[m], float32[n]",
  );
});

/** Two tensors that broadcast, and the shape they broadcast to. */
function pairs(): fc.Arbitrary<[Plain, Plain, number[]]> {
  const common = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 });
  const picks = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });
  return fc.tuple(common, fc.nat(4), picks, picks).chain(([shape, from, a, b]) => {
    const whole = shape.map((dim, axis) => a[axis] ? 1 : dim);
    const part = shape.map((dim, axis) => b[axis] ? 1 : dim).slice(from);
    const both = shape.map((dim, axis) => a[axis] && (axis < from || b[axis]) ? 1 : dim);
    return fc.oneof(
      fc.tuple(tensor(whole), tensor(part), fc.constant(both)),
      fc.tuple(tensor(part), tensor(whole), fc.constant(both)),
    );
  });
}

function tensor(dims: readonly number[]): fc.Arbitrary<Plain> {
  const length = dims.reduce((product, dim) => product * dim, 1);
  const number = fc.integer({ min: 1, max: 12 }).map((n) => n / 4);
  return fc.array(number, { minLength: length, maxLength: length })
    .map((data) => ({ dims, data }));
}

function byHand(
  a: Plain,
  b: Plain,
  { shape, of }: { shape: number[]; of: (a: number, b: number) => number },
): Plain {
  const length = shape.reduce((product, dim) => product * dim, 1);
  const data = Array.from({ length }, (_, i) => of(read(a, shape, i), read(b, shape, i)));
  return { dims: shape, data };
}

/** The entry that stands at place `i` of `shape` after broadcasting. */
function read({ dims, data }: Plain, shape: readonly number[], i: number): number {
  let [at, stride, rest] = [0, 1, i];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const index = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
    const dim = dims[axis - shape.length + dims.length] ?? 1;
    if (dim !== 1) at += index * stride;
    stride *= dim;
  }
  return data[at] ?? NaN;
}
