import assert from "node:assert/strict";
import { decoder } from "../../src/architectures/decoder.ts";
import { rotaryOf } from "../../src/architectures/rotary_configuration.ts";
import type { DecoderLayer } from "../../src/architectures/decoder_block.ts";
import { fedWeights } from "../../src/layers/fed_weights.ts";
import { paddedBatch } from "../../src/layers/frames/padded.ts";
import { Parameters } from "../../src/layers/parameters.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { mul } from "../../src/onnx/ops.ts";
import type { Value } from "../../src/onnx/value.ts";

const config = {
  max_position_embeddings: 16,
  vocab_size: 3,
  hidden_size: 4,
  intermediate_size: 4,
  num_hidden_layers: 3,
  num_attention_heads: 2,
  rms_norm_eps: 1e-6,
  tie_word_embeddings: false,
};

Deno.test("layers pass states on, each with its attention", () => {
  const graph = new Graph("case");
  const batch = paddedBatch(graph, { batch: 1, length: 2 });
  const layers: DecoderLayer[] = [];
  const trunk = decoder({
    name: "small",
    config,
    attention: (index) => ({ heads: 2, kvHeads: 2, width: 2, scale: index }),
    norm: (x, at) => mul(x, at.take("weight", [4])),
    block: (x, layer) => {
      layers.push(layer);
      return mul(x, layer.at.take("gain", [4]));
    },
    embeddingScale: 2,
  });
  let embedded: Value | undefined;
  const weights = fedWeights(graph);
  const states = trunk.hidden(batch, new Parameters(weights).at(trunk.prefix), {
    frame: () => batch.frame,
    embedded: (words) => embedded = words,
  });
  assert.deepEqual(layers.map(({ spec }) => spec.scale), [0, 1, 2]);
  assert.ok(layers.every(({ tables }) => tables === layers[0]!.tables));
  assert.deepEqual([...weights.taken.keys()], [
    "model.embed_tokens.weight",
    ...[0, 1, 2].map((layer) => `model.layers.${layer}.gain`),
    "model.norm.weight",
  ]);
  const scaled = graph.nodes.find(({ inputs }) => inputs[0] === embedded);
  assert.equal(scaled?.op, "Mul", "embeddings are told of as they are stored");
  assert.equal(graph.nodes.at(-1)?.outputs[0], states);
});

Deno.test("a trunk says what its configuration does", () => {
  const attention = () => ({ heads: 2, kvHeads: 2, width: 2, scale: 1 });
  const unused = () => {
    throw new Error("nothing is written yet");
  };
  const trunk = decoder({ name: "small", config, attention, norm: unused, block: unused });
  const { family, dimensions, sharesUpTo, embeddings } = trunk;
  assert.deepEqual([family, sharesUpTo, embeddings], ["small", Infinity, "embed_tokens"]);
  assert.deepEqual(dimensions, { hidden: 4, layers: 3, heads: 2, vocabulary: 3, context: 16 });
});

Deno.test("layers may have angles of their own, one table for each kind", () => {
  const graph = new Graph("case");
  const batch = paddedBatch(graph, { batch: 1, length: 2 });
  const layers: DecoderLayer[] = [];
  const kinds = [10_000, 500].map((base) =>
    rotaryOf({ ...config, rope_theta: base }, { width: 2 })
  );
  const dynamic = { rope_type: "dynamic", factor: 2 };
  const trunk = decoder({
    name: "small",
    config,
    rotary: (index) => kinds[index % 2]!,
    attention: () => ({ heads: 2, kvHeads: 2, width: 2, scale: 1 }),
    norm: (x) => x,
    block: (x, layer) => {
      layers.push(layer);
      return x;
    },
  });
  const at = new Parameters(fedWeights(graph)).at(trunk.prefix);
  trunk.hidden(batch, at, { frame: () => batch.frame });
  const [first, second, third] = layers.map(({ tables }) => tables);
  assert.equal(first, third);
  assert.notEqual(first, second);
  const wide = { ...config, rope_scaling: dynamic };
  const stretched = rotaryOf(wide, { width: 4 });
  const mixed = decoder({
    name: "small",
    config,
    rotary: (index) => index === 1 ? stretched : kinds[0]!,
    attention: () => ({ heads: 1, kvHeads: 1, width: 4, scale: 1 }),
    norm: (x) => x,
    block: (x) => x,
  });
  assert.deepEqual(
    [mixed.sharesUpTo, mixed.dimensions.context],
    [16, 16],
    "as the strictest layer",
  );
});
