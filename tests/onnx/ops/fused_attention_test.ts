/** Attention in one operator, as onnxruntime computes it on a CPU. */

import {
  type FusedAttentionOptions,
  groupQueryAttention,
} from "../../../src/onnx/ops/fused_attention.ts";
import { reshape, slice } from "../../../src/onnx/ops.ts";
import type { Value } from "../../../src/onnx/value.ts";
import { testOperators } from "../operator_case.ts";

/** Two texts of one head of eight columns, the second of one token and a place that fills it up. */
const eight = (...numbers: number[]) => numbers.map((each) => [each, ...Array(7).fill(0)]);
const feed = {
  q: [eight(1, 1), eight(1, 1)],
  k: [eight(0, 20), eight(3, 50)],
  v: [eight(2, 4), eight(6, 90)],
  last: { dims: [2], data: [1, 0], dtype: "int32" as const },
  longest: { dims: [1], data: [2], dtype: "int32" as const },
};

/** The rows of both texts, without what fills the second one up. */
const attended = (options: Pick<FusedAttentionOptions, "scale" | "softcap" | "window">) =>
(
  { q, k, v, last, longest }: Readonly<Record<string, Value>>,
) => {
  const inputs = { queries: q!, keys: k!, values: v!, last: last!, longest: longest! };
  const whole = groupQueryAttention(inputs, { heads: 1, kvHeads: 1, ...options });
  return slice(reshape(whole, [4, 8]), { axis: 0, start: 0, end: 3 });
};

testOperators([
  {
    name: "a row of a text sees what stands before it, and nothing of another text",
    feed,
    build: attended({ scale: 1 }),
    declares: "float32[3, 8]",
    gives: [...eight(2, 4), ...eight(6)],
    tolerance: 1e-4,
  },
  {
    name: "a window of one token is the token itself",
    feed: { ...feed, k: [eight(20, 0), eight(3, 50)] },
    build: attended({ scale: 1, window: 1 }),
    declares: "float32[3, 8]",
    gives: [...eight(2, 4), ...eight(6)],
  },
  {
    name: "scores are scaled, and capped where there is a cap",
    feed,
    build: attended({ scale: 0.1, softcap: 1 }),
    declares: "float32[3, 8]",
    gives: [...eight(2, 2 + 2 / (1 + Math.exp(-Math.tanh(2)))), ...eight(6)],
    tolerance: 1e-3,
  },
]);
