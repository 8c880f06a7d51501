import { testRules } from "./rule_case.ts";

const along = { axis: { int: 0 } };
const [one, zero] = ["float32[]", "uint8[]"];
const product = "it multiplies a matrix of uint8 with one of int8";

testRules({
  QuantizeLinear: [
    {
      inputs: ["float32[rows, 4]", "float32[rows]", "uint8[rows]"],
      attributes: along,
      gives: ["uint8[rows, 4]"],
    },
    {
      inputs: ["float32[2, 3, 4]", "float32[2]", "uint8[2]"],
      refuses: "it quantises rows of float32",
    },
    {
      inputs: ["float16[2, 4]", "float32[2]", "uint8[2]"],
      refuses: "it quantises rows of float32",
    },
    {
      inputs: ["float32[2, 4]", "float32[4]", "uint8[2]"],
      refuses: "its input 1 must be float32[2]",
    },
    {
      inputs: ["float32[2, 4]", "float32[2]", "int8[2]"],
      refuses: "its input 2 must be uint8[2]",
    },
  ],
  MatMulIntegerToFloat: [
    {
      inputs: ["uint8[rows, 4]", "int8[4, 8]", one, "float32[8]", zero],
      gives: ["float32[rows, 8]"],
    },
    { inputs: ["int8[2, 4]", "int8[4, 8]", one, "float32[8]", zero], refuses: product },
    { inputs: ["uint8[2, 4]", "uint8[4, 8]", one, "float32[8]", zero], refuses: product },
    {
      inputs: ["uint8[2, 4]", "int8[5, 8]", one, "float32[8]", zero],
      refuses: "its inner extents differ",
    },
    {
      inputs: ["uint8[2, 4]", "int8[4, 8]", "float32[2]", "float32[8]", zero],
      refuses: "its input 2 must be float32[]",
    },
    {
      inputs: ["uint8[2, 4]", "int8[4, 8]", one, "float32[4]", zero],
      refuses: "its input 3 must be float32[8]",
    },
    {
      inputs: ["uint8[2, 4]", "int8[4, 8]", one, "float32[8]", "int8[]"],
      refuses: "its input 4 must be uint8[]",
    },
  ],
});
