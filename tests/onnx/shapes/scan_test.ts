import { testRules } from "./rule_case.ts";

const along = (int: number) => ({ axis: { int } });
const picks = (dims: string) => [`float32[${dims}]`, `int64[${dims}]`];

testRules({
  CumSum: [
    { inputs: ["float32[rows, 4]", "int64 1"], gives: ["float32[rows, 4]"] },
    { inputs: ["int32[rows]", "int64 -1"], gives: ["int32[rows]"] },
    { inputs: ["bool[4]", "int64 0"], refuses: "its input 0 must be of numbers" },
    { inputs: ["float32[4]", "int64[]"], refuses: "its input 1 must be a constant" },
    { inputs: ["float32[4]"], refuses: "its input 1 is missing" },
  ],
  TopK: [
    { inputs: ["float32[rows, 9]", "int64 3"], attributes: along(-1), gives: picks("rows, 3") },
    { inputs: ["float32[rows, 9]", "int64 3"], attributes: along(0), gives: picks("3, 9") },
    { inputs: ["float32[rows, 9]", "int64 9"], gives: picks("rows, 9") },
    {
      inputs: ["float32[rows, 9]", "int64 10"],
      attributes: along(1),
      refuses: "it has fewer entries",
    },
    { inputs: ["float32[9]", "int64[1]"], refuses: "its input 1 must be a constant" },
    { inputs: ["bool[9]", "int64 1"], refuses: "its input 0 must be of numbers" },
  ],
});
