/** What the frames of decoding keep. Their numbers are held to tests/contracts/frames_test.ts. */

import assert from "node:assert/strict";
import { decodeStep } from "../../../src/layers/frames/decoding.ts";
import type { AttentionSpec } from "../../../src/layers/attention.ts";
import { Graph } from "../../../src/onnx/graph.ts";

const BATCH = 2;

/** A past of any length. */
function cacheShapes({ kvHeads, width }: AttentionSpec) {
  return { keys: [BATCH, kvHeads, width, "?"], values: [BATCH, kvHeads, "?", width] };
}

Deno.test("a row is a sequence, in every layer, and each layer keeps its own past", () => {
  const graph = new Graph("case");
  const heads: AttentionSpec = { heads: 4, kvHeads: 4, width: 2, scale: 0.7 };
  const shapes = cacheShapes(heads);
  const cache = (layer: number) => ({
    keys: graph.input(`keys ${layer}`, "float32", shapes.keys),
    values: graph.input(`values ${layer}`, "float32", shapes.values),
  });
  const rows = graph.constant({ dtype: "int64", shape: [1, BATCH], data: [0, 1] });
  const step = decodeStep({ batch: BATCH, past: [cache(0), cache(1)], rows });
  const x = graph.input("x", "float32", [BATCH, 8]);
  for (const layer of [1, 0]) {
    const frame = step.frame(layer);
    assert.equal(frame.select(x), x);
    assert.deepEqual([frame.rowTokens(), frame.keyTokens()], [rows, rows]);
    frame.attend({ queries: x, keys: x, values: x }, heads);
  }
  assert.equal(step.caches.length, 2, "by layer, in whatever order they attend");
  assert.notEqual(step.caches[0]!.keys, step.caches[1]!.keys);
  assert.throws(
    () => step.frame(2).attend({ queries: x, keys: x, values: x }, heads),
    { name: "RangeError", message: /the layer has no cache: received layer 2 of 2$/ },
  );
});
