import { rearrange } from "../../../src/onnx/ops/rearrange.ts";
import { testOperators } from "../operator_case.ts";

const table = [[1, 2, 3], [4, 5, 6]];
const whole = (dims: number[], data: number[]) => ({ dims, data, dtype: "int64" }) as const;

testOperators([
  {
    name: "rearrange picks rows, whatever is said of where they went",
    feed: {
      x: { dims: [2, 3], data: table.flat(), as: ["rows", 3] },
      index: whole([3], [1, 0, 0]),
      back: { ...whole([2], [1, 0]), as: ["rows"] },
    },
    build: ({ x, index, back }) => rearrange(x!, { index: index!, back: back! }),
    declares: "float32[3, 3]",
    gives: [table[1]!, table[0]!, table[0]!],
  },
  {
    name: "rearrange by indices of 32 bits, of rows that are known",
    feed: {
      x: table,
      index: { ...whole([1], [1]), dtype: "int32", as: ["places"] },
      back: { ...whole([2], [0, 0]), dtype: "int32" },
    },
    build: ({ x, index, back }) => rearrange(x!, { index: index!, back: back! }),
    declares: "float32[places, 3]",
    gives: [table[1]!],
  },
]);
