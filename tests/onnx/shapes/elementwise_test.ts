import { dtypeCodes } from "../../../src/onnx/dtypes.ts";
import type { OpName } from "../../../src/onnx/shapes.ts";
import { type RuleCase, testRules } from "./rule_case.ts";

const floats = ["float32", "float16", "bfloat16"];
const wrong = (index: number, kind: string) => `its input ${index} must be ${kind}`;

/** Every type that passes, and one that does not. */
function unary(passing: readonly string[], [failing, reason]: [string, string]): RuleCase[] {
  return [
    ...passing.map((dtype): RuleCase => ({
      inputs: [`${dtype}[tokens, 3]`],
      gives: [`${dtype}[tokens, 3]`],
    })),
    { inputs: [`${failing}[2]`], refuses: wrong(0, reason) },
    { inputs: [], refuses: "its input 0 is missing" },
  ];
}

const ofFloats = unary(floats, ["int64", "of floating-point numbers"]);
const ofSigned = unary([...floats, "int64", "int32", "int8"], ["uint8", "of signed numbers"]);
const floatOps: OpName[] = [
  "Cos",
  "Erf",
  "Exp",
  "Gelu",
  "Log",
  "Sigmoid",
  "Sin",
  "Softmax",
  "Sqrt",
  "Tanh",
];

testRules(Object.fromEntries(floatOps.map((op) => [op, ofFloats])));
testRules({ Abs: ofSigned, Neg: ofSigned, Relu: ofSigned });

/** `result` is the type that comes of float32. */
function binary(result: string, [failing, reason]: [string, string]): RuleCase[] {
  return [
    { inputs: ["float32[tokens, 1]", "float32[3]"], gives: [`${result}[tokens, 3]`] },
    { inputs: ["float32[]", "float32[2, tokens]"], gives: [`${result}[2, tokens]`] },
    { inputs: ["float32[tokens]", "float32[5]"], gives: [`${result}[5]`] },
    { inputs: ["float32[2]", "float32[3]"], refuses: "its shapes do not broadcast" },
    { inputs: ["float32[rows]", "float32[tokens]"], refuses: "its shapes do not broadcast" },
    { inputs: ["float32[2]", "int32[2]"], refuses: "its element types differ" },
    { inputs: ["float32[2]"], refuses: "its input 1 is missing" },
    { inputs: ["-", "float32[2]"], refuses: "its input 0 is missing" },
    { inputs: [`${failing}[2]`, `${failing}[2]`], refuses: wrong(0, reason) },
  ];
}

const arithmetic: OpName[] = ["Add", "Div", "Max", "Min", "Mul", "Pow", "Sub"];
const comparisons: OpName[] = ["Greater", "Less", "LessOrEqual"];

testRules({
  ...Object.fromEntries(arithmetic.map((op) => [op, binary("float32", ["bool", "of numbers"])])),
  ...Object.fromEntries(comparisons.map((op) => [op, binary("bool", ["bool", "of numbers"])])),
  Equal: [
    { inputs: ["bool[tokens]", "bool[]"], gives: ["bool[tokens]"] },
    { inputs: ["int64[2, 1]", "int64[3]"], gives: ["bool[2, 3]"] },
    { inputs: ["int64[2]", "int32[2]"], refuses: "its element types differ" },
  ],
  And: [
    { inputs: ["bool[tokens, 1]", "bool[4]"], gives: ["bool[tokens, 4]"] },
    { inputs: ["int32[2]", "int32[2]"], refuses: wrong(0, "bool") },
  ],
  Identity: [
    { inputs: ["bool[tokens]"], gives: ["bool[tokens]"] },
    { inputs: ["-"], refuses: "its input 0 is missing" },
  ],
  Where: [
    { inputs: ["bool[rows, 1]", "float32[4]", "float32[]"], gives: ["float32[rows, 4]"] },
    { inputs: ["bool[]", "int64[2]", "int64[2]"], gives: ["int64[2]"] },
    { inputs: ["bool[3]", "float32[2]", "float32[2]"], refuses: "its shapes do not broadcast" },
    { inputs: ["bool[2]", "float32[2]", "int64[2]"], refuses: "its element types differ" },
    { inputs: ["int32[2]", "float32[2]", "float32[2]"], refuses: wrong(0, "bool") },
  ],
  Cast: [
    ...Object.entries(dtypeCodes).map(([dtype, code]): RuleCase => ({
      inputs: ["float32[tokens, 2]"],
      attributes: { to: { int: code } },
      gives: [`${dtype}[tokens, 2]`],
    })),
    {
      inputs: ["float32[2]"],
      attributes: { to: { int: 99 } },
      refuses: "99 is no element type",
    },
    { inputs: ["float32[2]"], refuses: 'its attribute "to" is missing' },
  ],
});
