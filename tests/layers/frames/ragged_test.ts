/** What ragged frames declare. Their numbers are held to tests/contracts/frames_test.ts. */

import assert from "node:assert/strict";
import { raggedBatch } from "../../../src/layers/frames/ragged.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { describe } from "../../../src/onnx/value.ts";

Deno.test("every token is a row of every layer, and lengths are declared once they are read", () => {
  const graph = new Graph("case");
  const { frame, lengths } = raggedBatch(graph, { batch: 4, length: 5 });
  const ids = graph.inputs[0]!;
  assert.equal(frame.select(ids), ids);
  assert.equal(frame.rowTokens(), frame.keyTokens());
  assert.equal(describe(frame.rowTokens()), "int64[1, tokens]");
  assert.ok(!graph.inputs.some(({ label }) => label === "lengths"));
  assert.equal(describe(lengths()), "int32[tokens]");
  assert.equal(lengths(), lengths());
});
