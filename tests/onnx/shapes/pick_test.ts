import { testRules } from "./rule_case.ts";

const axis = (int: number) => ({ axis: { int } });
const within = "its indices do not lie within what they point into";
const perIndex = "it needs one update per index, of the element type it updates";

const rearranged =
  "it needs rows, which of them to take, and of the same type where each of them went";

testRules({
  Gather: [
    {
      inputs: ["float32[100, 4]", "int32[tokens]"],
      attributes: axis(0),
      gives: ["float32[tokens, 4]"],
    },
    { inputs: ["float32[a, 4]", "int64[2, n]"], attributes: axis(1), gives: ["float32[a, 2, n]"] },
    { inputs: ["float32[a, 4]", "int64[]"], attributes: axis(-1), gives: ["float32[a]"] },
    { inputs: ["bool[4]", "int64[n]"], attributes: axis(0), gives: ["bool[n]"] },
    {
      inputs: ["float32[4]", "uint8[n]"],
      attributes: axis(0),
      refuses: "its input 1 must be int32 or int64",
    },
    { inputs: ["float32[4]", "int64[n]"], refuses: 'its attribute "axis" is missing' },
  ],
  GatherElements: [
    { inputs: ["float32[a, 9]", "int64[a, 1]"], attributes: axis(1), gives: ["float32[a, 1]"] },
    { inputs: ["int32[5, 9]", "int64[3, 20]"], attributes: axis(-1), gives: ["int32[3, 20]"] },
    { inputs: ["float32[5, 9]", "int64[6, 1]"], attributes: axis(1), refuses: within },
    { inputs: ["float32[5, 9]", "int64[5]"], attributes: axis(1), refuses: within },
    {
      inputs: ["float32[5]", "float32[5]"],
      attributes: axis(0),
      refuses: "its input 1 must be int32 or int64",
    },
  ],
  Rearrange: [
    { inputs: ["float32[tokens, 4]", "int32[9]", "int32[tokens]"], gives: ["float32[9, 4]"] },
    { inputs: ["float32[9, 4]", "int64[tokens]", "int64[9]"], gives: ["float32[tokens, 4]"] },
    { inputs: ["float32[9, 4]", "int64[n]", "int64[8]"], refuses: rearranged },
    { inputs: ["float32[9, 4]", "int64[n]", "int32[9]"], refuses: rearranged },
    { inputs: ["float32[9, 4]", "int64[n, 1]", "int64[9]"], refuses: rearranged },
    { inputs: ["float32[9]", "int64[n]", "int64[9]"], refuses: rearranged },
    { inputs: ["float32[9, 4]", "int64[n]"], refuses: "its input 2 is missing" },
    {
      inputs: ["int32[9, 4]", "int64[n]", "int64[9]"],
      refuses: "its input 0 must be of floating-point numbers",
    },
  ],
  ScatterElements: [
    {
      inputs: ["float32[v, 4]", "int64[n, 4]", "float32[n, 4]"],
      attributes: axis(0),
      gives: ["float32[v, 4]"],
    },
    {
      inputs: ["float32[v, 4]", "int64[n, 5]", "float32[n, 5]"],
      attributes: axis(0),
      refuses: within,
    },
    {
      inputs: ["float32[v, 4]", "int64[n, 4]", "float32[m, 4]"],
      attributes: axis(0),
      refuses: perIndex,
    },
    {
      inputs: ["float32[v, 4]", "int64[n, 4]", "float16[n, 4]"],
      attributes: axis(0),
      refuses: perIndex,
    },
    {
      inputs: ["float32[v, 4]", "int64[n, 4]"],
      attributes: axis(0),
      refuses: "its input 2 is missing",
    },
  ],
  Slice: [
    { inputs: ["float32[9, a]", "int64 2", "int64 5", "int64 0"], gives: ["float32[3, a]"] },
    { inputs: ["float32[9, a]", "int64 -2", "int64 99", "int64 -2"], gives: ["float32[2, a]"] },
    { inputs: ["float32[9, a]", "int64 5", "int64 2", "int64 0"], gives: ["float32[0, a]"] },
    { inputs: ["float32[9, 8]", "int64 1 2", "int64 3 4", "int64 1 0"], gives: ["float32[2, 2]"] },
    { inputs: ["float32[9, a]", "int64 0", "int64 3", "int64 1"], gives: ["float32[9, ?]"] },
    { inputs: ["float32[9, a]", "int64[1]", "int64 3", "int64 0"], gives: ["float32[?, a]"] },
    {
      inputs: ["float32[9]", "int64 0", "int64 3", "int64[1]"],
      refuses: "its input 3 must be a constant",
    },
    { inputs: ["float32[9]", "int64 0", "int64 3"], refuses: "its input 3 is missing" },
  ],
  Split: [
    {
      inputs: ["float32[a, 6]", "int64 1 2 3"],
      attributes: axis(1),
      gives: ["float32[a, 1]", "float32[a, 2]", "float32[a, 3]"],
    },
    {
      inputs: ["float32[a, 6]", "int64 4 4"],
      attributes: axis(0),
      gives: ["float32[4, 6]", "float32[4, 6]"],
    },
    {
      inputs: ["float32[a, 6]", "int64 2 3"],
      attributes: axis(1),
      refuses: "its parts of 5 do not make up axis 1",
    },
    {
      inputs: ["float32[6]", "int64[2]"],
      attributes: axis(0),
      refuses: "its input 1 must be a constant",
    },
  ],
});
