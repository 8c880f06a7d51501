import assert from "node:assert/strict";
import { vocabularyRows } from "../../../src/architectures/heads/vocabulary_rows.ts";
import { gptJ } from "../../../src/architectures/gptj.ts";
import { gemma2 } from "../../../src/architectures/gemma2.ts";
import { fedWeights } from "../../../src/layers/fed_weights.ts";
import { Parameters } from "../../../src/layers/parameters.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import type { CausalFamily } from "../../../src/architectures/causal_family.ts";

const rows = [{ id: 4, label: "Yes" }, { id: 9, label: "No" }];

function written(family: CausalFamily, json: Record<string, unknown>) {
  const graph = new Graph("head");
  const weights = fedWeights(graph);
  const source = { ...family.read(json), fields: json, stored: new Map() };
  const head = vocabularyRows(rows).head(source);
  const states = graph.input("states", "float32", [2, 8]);
  const { shape } = head.write(states, new Parameters(weights));
  return { head, shape, taken: [...weights.taken.keys()].toSorted(), nodes: graph.nodes };
}

Deno.test("rows of a head of its own are picked with their biases", () => {
  const small = { vocab_size: 10, n_embd: 8, n_layer: 1, n_head: 2, rotary_dim: 2 };
  const { head, shape, taken } = written(gptJ, small);
  assert.deepEqual(shape, [2, 2]);
  assert.deepEqual(head.labels, ["Yes", "No"]);
  assert.equal(head.text, "linear lm_head, rows 4, 9");
  assert.deepEqual(taken, ["lm_head.bias", "lm_head.weight"]);
});

Deno.test("rows of tied embeddings are those of the trunk, and logits are capped as the family caps them", () => {
  const small = {
    vocab_size: 10,
    hidden_size: 8,
    intermediate_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    head_dim: 4,
  };
  const { head, taken, nodes } = written(gemma2, small);
  assert.equal(head.text, "linear model.embed_tokens, rows 4, 9");
  assert.deepEqual(taken, ["model.embed_tokens.weight"]);
  assert.ok(nodes.some(({ op }) => op === "Tanh"));
  const free = written(gemma2, { ...small, final_logit_softcapping: null });
  assert.ok(free.nodes.every(({ op }) => op !== "Tanh"));
});
