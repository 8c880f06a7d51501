import assert from "node:assert/strict";
import { attention } from "../../../src/engine/measurements/attention.ts";

Deno.test("the attention of several pooled positions is their mean", () => {
  const outputs = {
    attention: { data: Float32Array.of(1, 0, 0, 0.25, 0.75, 0), dims: [2, 3] },
  };
  const tree = { attentionRowsOf: [Int32Array.of(0, 1)] } as never;
  const read = attention.read(outputs, tree, { index: 0, length: 2 });
  assert.deepEqual([...read], [0.625, 0.375]);
});
