import assert from "node:assert/strict";
import {
  type AttentionForm,
  attentionFormOf,
  attentionForms,
} from "../../../src/layers/frames/attention_form.ts";
import { treeBatch } from "../../../src/layers/frames/tree.ts";
import { Graph } from "../../../src/onnx/graph.ts";

/** A graph of one layer of that form, whose heads are so wide. */
function graphOf(form: AttentionForm, width: number): Graph {
  const graph = new Graph("case");
  const x = graph.input("x", "float32", ["tokens", 2 * width]);
  const projections = { queries: x, keys: x, values: x };
  const spec = { heads: 2, kvHeads: 2, width, scale: 1 };
  graph.output("y", treeBatch(graph, "causal", form).inner.attend(projections, spec));
  return graph;
}

Deno.test("the inputs of a graph tell its form", () => {
  for (const form of attentionForms) assert.equal(attentionFormOf(graphOf(form, 8)), form);
});

Deno.test("where no layer can be fused the form is dense", () => {
  assert.equal(attentionFormOf(graphOf("fused", 4)), "dense");
});
