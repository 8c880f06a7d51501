import * as ops from "../../../src/onnx/ops/functions.ts";
import { type OperatorCase, refuses, testOperators } from "../operator_case.ts";

const inputs = [0.25, 0.5, 1, 2, 3.5];

/** erf(x) by its Taylor series, which converges everywhere (DLMF 7.6.1). */
function erf(x: number): number {
  let [sum, term] = [x, x];
  for (let n = 1; n < 80; n++) {
    term *= -x * x / n;
    sum += term / (2 * n + 1);
  }
  return 2 / Math.sqrt(Math.PI) * sum;
}

const reference: Readonly<Record<keyof typeof ops, (x: number) => number>> = {
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  neg: (x) => -x,
  abs: Math.abs,
  cos: Math.cos,
  sin: Math.sin,
  erf,
};

testOperators(
  Object.entries(reference).map(([name, of]): OperatorCase => ({
    name: `${name} goes element by element`,
    feed: { x: { dims: [5], data: inputs, as: ["tokens"] } },
    build: ({ x }) => ops[name as keyof typeof ops](x!),
    declares: "float32[tokens]",
    gives: inputs.map(of),
  })),
);

testOperators([
  {
    name: "abs and neg take signed integers",
    feed: { x: { dims: [3], data: [-3, 0, 5], dtype: "int32" } },
    build: ({ x }) => ops.neg(ops.abs(x!)),
    declares: "int32[3]",
    gives: { dims: [3], data: [-3, 0, -5], dtype: "int32" },
  },
]);

Deno.test("functions refuse numbers they are not defined for", () => {
  refuses(
    (graph) => ops.sqrt(graph.input("x", "int64", [2])),
    "Cannot apply Sqrt as its input 0 must be of floating-point numbers: received int64[2]",
  );
  refuses(
    (graph) => ops.neg(graph.input("x", "uint8", [2])),
    "Cannot apply Neg as its input 0 must be of signed numbers: received uint8[2]",
  );
});
