import { testRules } from "./rule_case.ts";

const axis = (int: number) => ({ axis: { int } });
const order = (...ints: number[]) => ({ perm: { ints } });
const dropping = { keepdims: { int: 0 } };

const reduction = [
  { inputs: ["float32[a, b, 3]", "int64 -1"], gives: ["float32[a, b, 1]"] },
  { inputs: ["float32[a, b, 3]", "int64 0 2"], attributes: dropping, gives: ["float32[b]"] },
  { inputs: ["float32[a, 3]", "int64 0 1"], attributes: dropping, gives: ["float32[]"] },
  { inputs: ["float32[a, 3]", "int64 1 -1"], refuses: "its axes must differ" },
  { inputs: ["float32[a, 3]", "int64"], refuses: "its axes must differ" },
  { inputs: ["float32[a, 3]", "int64[1]"], refuses: "its input 1 must be a constant" },
  { inputs: ["float32[a, 3]"], refuses: "its input 1 is missing" },
  { inputs: ["bool[3]", "int64 0"], refuses: "its input 0 must be of numbers" },
];

testRules({
  Concat: [
    { inputs: ["float32[2, 3]"], attributes: axis(0), gives: ["float32[2, 3]"] },
    { inputs: ["float32[2, 3]", "float32[4, 3]"], attributes: axis(0), gives: ["float32[6, 3]"] },
    {
      inputs: ["float32[a, 3]", "float32[b, 3]", "float32[2, 3]"],
      attributes: axis(-2),
      gives: ["float32[a+b+2, 3]"],
    },
    // What one part does not know, another may.
    {
      inputs: ["float32[?, 1]", "float32[n, 2]", "float32[7, 3]"],
      attributes: axis(1),
      gives: ["float32[7, 6]"],
    },
    {
      inputs: ["float32[2, a]", "float32[2, b]"],
      attributes: axis(0),
      refuses: "its parts differ off axis 0",
    },
    {
      inputs: ["float32[2]", "float32[2, 3]"],
      attributes: axis(0),
      refuses: "its parts differ off axis 0",
    },
    {
      inputs: ["float32[2]", "int32[2]"],
      attributes: axis(0),
      refuses: "its parts differ off axis 0",
    },
    { inputs: ["float32[2]"], refuses: 'its attribute "axis" is missing' },
    { inputs: [], attributes: axis(0), refuses: "its input 0 is missing" },
  ],
  Expand: [
    { inputs: ["float32[a, 1]", "int64 1 5"], gives: ["float32[a, 5]"] },
    { inputs: ["float32[]", "int64 2 3"], gives: ["float32[2, 3]"] },
    { inputs: ["float32[1, 3]", "int64[2]"], gives: ["float32[?, 3]"] },
    { inputs: ["float32[2]", "int64 3"], refuses: "it does not expand to [3]" },
    { inputs: ["float32[2]", "int64[n]"], refuses: "its input 1 must be a vector of known length" },
    {
      inputs: ["float32[2]", "int64[2, 2]"],
      refuses: "its input 1 must be a vector of known length",
    },
    { inputs: ["float32[2]", "float32[1]"], refuses: "its input 1 must be int32 or int64" },
  ],
  Pad: [
    { inputs: ["float32[2, n]", "int64 1 0 1 2", "float32[]"], gives: ["float32[4, n+2]"] },
    { inputs: ["float32[2, n]", "int64 0 0 -1 0", "float32[]"], gives: ["float32[1, n]"] },
    { inputs: ["float32[2, 3]", "int64[4]", "float32[]"], gives: ["float32[?, ?]"] },
    {
      inputs: ["float32[2, 3]", "int64 1 1", "float32[]"],
      refuses: "it needs two widths per axis",
    },
  ],
  Range: [
    { inputs: ["int64[]", "int64[]", "int64[]"], gives: ["int64[?]"] },
    { inputs: ["float32[]", "float32[]", "float32[]"], gives: ["float32[?]"] },
    {
      inputs: ["int64[]", "int64[1]", "int64[]"],
      refuses: "it needs three scalars of one element type",
    },
    {
      inputs: ["int64[]", "int32[]", "int64[]"],
      refuses: "it needs three scalars of one element type",
    },
    { inputs: ["int64[]", "int64[]"], refuses: "its input 2 is missing" },
  ],
  ReduceLogSumExp: reduction,
  ReduceMax: reduction,
  ReduceMean: reduction,
  ReduceSum: reduction,
  Reshape: [
    { inputs: ["float32[2, 6]", "int64 3 4"], gives: ["float32[3, 4]"] },
    { inputs: ["float32[2, 6]", "int64 -1 3"], gives: ["float32[4, 3]"] },
    { inputs: ["float32[2, 6]", "int64 0 3 2"], gives: ["float32[2, 3, 2]"] },
    { inputs: ["float32[n, 6]", "int64 0 3 2"], gives: ["float32[n, 3, 2]"] },
    { inputs: ["float32[n, 6]", "int64 -1 2"], gives: ["float32[?, 2]"] },
    { inputs: ["float32[n, 6]", "int64[3]"], gives: ["float32[?, ?, ?]"] },
    { inputs: ["float32[1]", "int64"], gives: ["float32[]"] },
    { inputs: ["float32[0, 6]", "int64 0 2"], gives: ["float32[0, 2]"] },
    { inputs: ["float32[2, 6]", "int64 5 2"], refuses: "it does not fill [5, 2]" },
    { inputs: ["float32[2, 6]", "int64 -1 5"], refuses: "it does not fill [-1, 5]" },
    { inputs: ["float32[2, 6]", "int64 -1 -1"], refuses: "it does not fill [-1, -1]" },
    { inputs: ["float32[0, 6]", "int64 -1 0"], gives: ["float32[0, 6]"] },
    { inputs: ["float32[2]", "int64[n]"], refuses: "its input 1 must be a vector of known length" },
  ],
  Shape: [
    { inputs: ["float32[a, 2, 3]"], gives: ["int64[3]"] },
    { inputs: ["bool[]"], gives: ["int64[0]"] },
  ],
  Transpose: [
    { inputs: ["float32[a, 2, 3]"], attributes: order(2, 0, 1), gives: ["float32[3, a, 2]"] },
    { inputs: ["float32[]"], attributes: order(), gives: ["float32[]"] },
    { inputs: ["float32[a, 2]"], attributes: order(0), refuses: "[0] is no order of its axes" },
    {
      inputs: ["float32[a, 2]"],
      attributes: order(0, 2),
      refuses: "[0, 2] is no order of its axes",
    },
    { inputs: ["float32[a, 2]"], refuses: "[] is no order of its axes" },
  ],
});
