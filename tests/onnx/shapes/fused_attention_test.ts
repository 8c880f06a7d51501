import { testRules } from "./rule_case.ts";

const heads = { num_heads: { int: 4 }, kv_num_heads: { int: 2 } };
const [q, kv] = ["float32[texts, longest, 32]", "float32[texts, longest, 16]"];
const ends = ["-", "-", "int32[texts]", "int32[1]"];
const present = "float32[texts, 2, longest, 8]";

testRules({
  GroupQueryAttention: [
    { inputs: [q, kv, kv, ...ends], attributes: heads, gives: [q, present, present] },
    {
      inputs: [q, q, kv, ...ends],
      attributes: heads,
      refuses: "its inputs are not 4 heads on 2",
    },
    {
      inputs: [q, "float16[texts, longest, 16]", kv, ...ends],
      attributes: heads,
      refuses: "its inputs are not 4 heads on 2",
    },
    {
      inputs: ["float32[texts, 32]", kv, kv, ...ends],
      attributes: heads,
      refuses: "its inputs are not 4 heads on 2",
    },
    {
      inputs: [q, "float32[texts, longest, 32]", "float32[texts, longest, 32]", ...ends],
      attributes: { num_heads: { int: 8 }, kv_num_heads: { int: 8 } },
      refuses: "the width of its heads is no multiple of 8",
    },
    {
      inputs: [q, kv, kv, "-", "-", "int64[texts]", "int32[1]"],
      attributes: heads,
      refuses: "its input 5 must be int32[texts]",
    },
    {
      inputs: [q, kv, kv, "-", "-", "int32[texts]", "int32[2]"],
      attributes: heads,
      refuses: "its input 6 must be int32[1]",
    },
  ],
});
