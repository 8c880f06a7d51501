import assert from "node:assert/strict";
import { attention } from "../../../src/engine/measurements/attention.ts";

const outputs = {
  attention: { data: Float32Array.of(1, 0, 0, 0.25, 0.75, 0), dims: [2, 3] },
};

/** A sequence whose pooled positions are both rows, and where the tiles of those start. */
function treeOf(...starts: number[]): never {
  const tiles = { starts: Int32Array.from(starts) };
  return { attentionRowsOf: [Int32Array.of(0, 1)], attention: tiles } as never;
}

Deno.test("the attention of several pooled positions is their mean", () => {
  const read = attention.read(outputs, treeOf(0, 0), { index: 0, length: 2 });
  assert.deepEqual([...read], [0.625, 0.375]);
});

Deno.test("a row that starts late in its sequence is read from there, with nothing before", () => {
  const read = attention.read(outputs, treeOf(1, 2), { index: 0, length: 4 });
  assert.deepEqual([...read], [0, 0.5, 0.125, 0.375]);
});
