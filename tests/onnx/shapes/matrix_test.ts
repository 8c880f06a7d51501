import { testRules } from "./rule_case.ts";

const transposed = { transA: { int: 1 }, transB: { int: 1 } };
const twoHeads = { num_heads: { int: 2 } };
const rotates = "it rotates [batch, tokens, columns]";
const tables = "its tables must hold half of what rotates of each of 2 heads";
const partly = (columns: number) => ({ ...twoHeads, rotary_embedding_dim: { int: columns } });

testRules({
  MatMul: [
    { inputs: ["float32[tokens, 4]", "float32[4, 8]"], gives: ["float32[tokens, 8]"] },
    { inputs: ["float32[2, r, n]", "float32[2, n, 5]"], gives: ["float32[2, r, 5]"] },
    { inputs: ["float32[g, 1, r, 4]", "float32[m, 4, 5]"], gives: ["float32[g, m, r, 5]"] },
    { inputs: ["float32[2, 4]", "float32[n, 5]"], gives: ["float32[2, 5]"] },
    { inputs: ["int32[2, 3]", "int32[3, 2]"], gives: ["int32[2, 2]"] },
    { inputs: ["float32[2, 3]", "float32[4, 2]"], refuses: "its inner extents differ" },
    { inputs: ["float32[2, m]", "float32[n, 2]"], refuses: "its inner extents differ" },
    { inputs: ["float32[3]", "float32[3, 2]"], refuses: "it multiplies matrices" },
    { inputs: ["float32[2, 3]", "float32[]"], refuses: "it multiplies matrices" },
    { inputs: ["float32[2, 3]", "float16[3, 2]"], refuses: "its element types differ" },
    {
      inputs: ["float32[2, 1, 3]", "float32[3, 3, 2]"],
      refuses: "its outer shapes do not broadcast",
    },
  ],
  Gemm: [
    { inputs: ["float32[tokens, 4]", "float32[4, 8]"], gives: ["float32[tokens, 8]"] },
    {
      inputs: ["float32[4, rows]", "float32[8, 4]"],
      attributes: transposed,
      gives: ["float32[rows, 8]"],
    },
    { inputs: ["float32[rows, 4]", "float32[4, 8]", "float32[8]"], gives: ["float32[rows, 8]"] },
    { inputs: ["float32[2, 4]", "float32[4, 8]", "float32[]"], gives: ["float32[2, 8]"] },
    { inputs: ["float32[2, 4]", "float32[4, 8]", "float32[2, 1]"], gives: ["float32[2, 8]"] },
    {
      inputs: ["float32[1, 4]", "float32[4, 8]", "float32[2, 8]"],
      refuses: "its bias does not broadcast to the product",
    },
    {
      inputs: ["float32[2, 4]", "float32[4, 8]", "float16[8]"],
      refuses: "its bias does not broadcast to the product",
    },
    {
      inputs: ["float32[2, 4]", "float32[4, 8]", "float32[1, 2, 8]"],
      refuses: "its bias does not broadcast to the product",
    },
    { inputs: ["float32[2, 4]", "float32[8, 4]"], refuses: "its inner extents differ" },
    { inputs: ["float32[1, 2, 4]", "float32[4, 8]"], refuses: "it multiplies matrices" },
    {
      inputs: ["int32[2, 4]", "int32[4, 8]"],
      refuses: "its input 0 must be of floating-point numbers",
    },
    { inputs: ["float32[2, 4]"], refuses: "its input 1 is missing" },
  ],
  LayerNormalization: [
    {
      inputs: ["float32[b, t, 4]", "float32[4]", "float32[4]"],
      gives: ["float32[b, t, 4]", "float32[b, t, 1]", "float32[b, t, 1]"],
    },
    {
      inputs: ["float16[t, 4]", "float16[4]"],
      gives: ["float16[t, 4]", "float32[t, 1]", "float32[t, 1]"],
    },
    {
      inputs: ["float32[t, 4]", "float32[4]", "-"],
      gives: ["float32[t, 4]", "float32[t, 1]", "float32[t, 1]"],
    },
    {
      inputs: ["float32[t, 4]", "float32[4]", "float32[5]"],
      refuses: "its weight or bias does not match the last axis",
    },
    {
      inputs: ["float32[t, 4]", "float32[1, 4]"],
      refuses: "its weight or bias does not match the last axis",
    },
    { inputs: ["float32[t, 4]", "-", "float32[4]"], refuses: "its input 1 is missing" },
    { inputs: ["float32[]", "float32[4]"], refuses: "it works along the last axis" },
  ],
  SimplifiedLayerNormalization: [
    { inputs: ["float16[t, 4]", "float16[4]"], gives: ["float16[t, 4]"] },
    {
      inputs: ["float16[t, 4]", "float32[4]"],
      refuses: "its weight or bias does not match the last axis",
    },
  ],
  RotaryEmbedding: [
    {
      inputs: [
        "float32[1, rows, 12]",
        "int64[1, rows]",
        "float32[tokens, 3]",
        "float32[tokens, 3]",
      ],
      attributes: twoHeads,
      gives: ["float32[1, rows, 12]"],
    },
    ...["12", "columns"].map((columns) => ({
      inputs: [
        `float32[1, rows, ${columns}]`,
        "int64[1, rows]",
        "float32[tokens, 2]",
        "float32[tokens, 2]",
      ],
      attributes: partly(4),
      gives: [`float32[1, rows, ${columns}]`],
    })),
    {
      inputs: [
        "float32[1, rows, 12]",
        "int64[1, rows]",
        "float32[tokens, 4]",
        "float32[tokens, 4]",
      ],
      attributes: partly(8),
      refuses: "it cannot rotate 8 columns of each of 2 heads",
    },
    {
      inputs: [
        "float32[1, rows, 13]",
        "int64[1, rows]",
        "float32[tokens, 3]",
        "float32[tokens, 3]",
      ],
      attributes: twoHeads,
      refuses: "it cannot rotate 6.5 columns of each of 2 heads",
    },
    {
      inputs: [
        "float32[1, rows, 12]",
        "int64[1, rows]",
        "float32[tokens, 3]",
        "float32[tokens, 3]",
      ],
      attributes: partly(4),
      refuses: tables,
    },
    {
      inputs: ["float32[rows, 12]", "int64[1, rows]", "float32[tokens, 3]", "float32[tokens, 3]"],
      attributes: twoHeads,
      refuses: rotates,
    },
    {
      inputs: [
        "float32[1, rows, 12]",
        "int32[1, rows]",
        "float32[tokens, 3]",
        "float32[tokens, 3]",
      ],
      attributes: twoHeads,
      refuses: "its positions must be int64, one per token",
    },
    {
      inputs: [
        "float32[1, rows, 12]",
        "int64[1, tokens]",
        "float32[tokens, 3]",
        "float32[tokens, 3]",
      ],
      attributes: twoHeads,
      refuses: "its positions must be int64, one per token",
    },
    {
      inputs: [
        "float32[1, rows, 12]",
        "int64[1, rows]",
        "float32[tokens, 3]",
        "float32[tokens, 6]",
      ],
      attributes: twoHeads,
      refuses: tables,
    },
    {
      inputs: [
        "float32[1, rows, 12]",
        "int64[1, rows]",
        "float16[tokens, 3]",
        "float32[tokens, 3]",
      ],
      attributes: twoHeads,
      refuses: tables,
    },
    {
      inputs: [
        "float32[1, rows, 12]",
        "int64[1, rows]",
        "float32[tokens, 3]",
        "float32[tokens, 3]",
      ],
      refuses: 'its attribute "num_heads" is missing',
    },
  ],
});
