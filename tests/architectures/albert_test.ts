import assert from "node:assert/strict";
import { architectureOf } from "../../src/architectures/registry.ts";
import { fedWeights } from "../../src/layers/fed_weights.ts";
import { paddedBatch } from "../../src/layers/frames/padded.ts";
import { Parameters } from "../../src/layers/parameters.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { testFamily } from "../support/golden_model.ts";
import { testRandomBatches } from "../support/random_batches.ts";

testFamily(["albert"], ["albert-groups"]);
testRandomBatches("albert-groups");

const small = {
  architectures: ["AlbertForSequenceClassification"],
  vocab_size: 10,
  hidden_size: 24,
  intermediate_size: 8,
  num_attention_heads: 3,
};

Deno.test("defaults are those of transformers", () => {
  const { dimensions, sharesUpTo } = architectureOf(small);
  const { layers, context, types } = dimensions;
  assert.deepEqual([layers, context, types, sharesUpTo], [12, 512, 2, 0]);
});

for (
  const [field, value] of [
    ["num_attention_heads", 5],
    ["num_hidden_groups", 0],
    ["position_embedding_type", "relative_key"],
  ] as const
) {
  Deno.test(`a ${field} of ${value} is a bad model`, () => {
    assert.throws(() => architectureOf({ ...small, [field]: value }), {
      kind: "bad_model",
      path: "config.json",
      message: new RegExp(`"${field}" is not usable`),
    });
  });
}

/** The tensors that a graph of so many layers takes, by group and layer within it. */
function layersTaken(config: object): string[] {
  const { trunk } = architectureOf({ ...small, ...config });
  const graph = new Graph("layers");
  const weights = fedWeights(graph);
  const { frame, ...tokens } = paddedBatch(graph, { length: 2, attention: "bidirectional" });
  trunk.hidden(tokens, new Parameters(weights), { frame: () => frame });
  const queries = /^encoder\.albert_layer_groups\.(\d+)\.albert_layers\.(\d+)\.ffn\.bias$/;
  return [...weights.taken.keys()].flatMap((name) => queries.exec(name)?.slice(1).join(".") ?? []);
}

Deno.test("layers take the weights of their group, which may hold several", () => {
  assert.deepEqual(layersTaken({}), ["0.0"]);
  const grouped = { num_hidden_layers: 5, num_hidden_groups: 2, inner_group_num: 2 };
  assert.deepEqual(layersTaken(grouped), ["0.0", "0.1", "1.0", "1.1"]);
  assert.equal(architectureOf({ ...small, ...grouped }).dimensions.layers, 10);
});
