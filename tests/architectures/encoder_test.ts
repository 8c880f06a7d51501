import assert from "node:assert/strict";
import { embeddingSum, encoder } from "../../src/architectures/encoder.ts";
import { fedWeights } from "../../src/layers/fed_weights.ts";
import { Parameters } from "../../src/layers/parameters.ts";
import { Graph } from "../../src/onnx/graph.ts";

const config = {
  vocab_size: 9,
  hidden_size: 4,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 3,
  max_position_embeddings: 8,
  type_vocab_size: 2,
  hidden_act: "gelu",
  layer_norm_eps: 1e-12,
} as const;

function tokens(graph: Graph) {
  const list = (name: string) => graph.input(name, "int32", ["tokens"]);
  return {
    ids: list("ids"),
    positions: list("positions"),
    lengths: () => list("lengths"),
    types: () => list("types"),
  };
}

Deno.test("embeddings are looked up in the tables that there are, words first", () => {
  for (const [positions, types] of [[true, 2], [false, 2], [true, 0], [false, 0]] as const) {
    const graph = new Graph("embeddings");
    const weights = fedWeights(graph);
    let words = 0;
    const inputs = tokens(graph);
    const sum = embeddingSum(inputs, new Parameters(weights), {
      config: { ...config, type_vocab_size: types },
      width: 5,
      positions: positions ? inputs.positions : undefined,
      embedded(stored) {
        words++;
        return stored;
      },
    });
    assert.deepEqual(sum.shape, ["tokens", 5]);
    assert.equal(words, 1);
    const shapes = [...weights.taken].map(([name, { shape }]) => `${name} ${shape.join("x")}`);
    assert.deepEqual(shapes, [
      "word_embeddings.weight 9x5",
      ...positions ? ["position_embeddings.weight 8x5"] : [],
      ...types > 0 ? ["token_type_embeddings.weight 2x5"] : [],
    ]);
  }
});

Deno.test("a model with token types cannot embed tokens without them", () => {
  const graph = new Graph("embeddings");
  const { ids, positions, lengths } = tokens(graph);
  const tables = { config };
  const at = new Parameters(fedWeights(graph));
  assert.throws(() => embeddingSum({ ids, positions, lengths }, at, tables), /types/);
});

Deno.test("an encoder shares nothing, and says its sizes and what may be left over", () => {
  const trunk = encoder({
    name: "small",
    prefix: "small",
    config,
    spec: { heads: 2, kvHeads: 2, width: 2, scale: 1 },
    derived: [{ pattern: /^old$/, reason: "unread" }],
    embed: () => assert.fail("nothing is written yet"),
  });
  assert.equal(trunk.sharesUpTo, 0);
  assert.deepEqual(trunk.dimensions, {
    hidden: 4,
    layers: 2,
    heads: 2,
    vocabulary: 9,
    context: 8,
    types: 2,
  });
  const left = ["old", "small.embeddings.word_embeddings.weight"];
  const known = left.filter((name) => trunk.derived.some(({ pattern }) => pattern.test(name)));
  assert.deepEqual(known, left.slice(0, 1));
});
