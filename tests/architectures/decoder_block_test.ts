import assert from "node:assert/strict";
import {
  type DecoderLayer,
  preNormBlock,
  rmsNormOf,
} from "../../src/architectures/decoder_block.ts";
import { gatedMlp } from "../../src/architectures/gated_mlp.ts";
import { rotaryAttention } from "../../src/architectures/rotary_attention.ts";
import { rotaryOf } from "../../src/architectures/rotary_configuration.ts";
import { fedWeights } from "../../src/layers/fed_weights.ts";
import { paddedBatch } from "../../src/layers/frames/padded.ts";
import { Parameters } from "../../src/layers/parameters.ts";
import { rotaryTables } from "../../src/layers/rotary.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { mul } from "../../src/onnx/ops.ts";
import { describe, type Value } from "../../src/onnx/value.ts";
import { assertNear, plain, runGraph } from "../onnx/run_graph.ts";

const config = {
  max_position_embeddings: 16,
  vocab_size: 3,
  hidden_size: 2,
  intermediate_size: 3,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  rms_norm_eps: 1e-6,
  tie_word_embeddings: false,
};
const spec = { heads: 2, kvHeads: 1, width: 4, scale: 1 };

/** A layer over two tokens, and what it takes. */
function layerOf(graph: Graph) {
  const weights = fedWeights(graph);
  const batch = paddedBatch(graph, { batch: 1, length: 2 });
  const watched: Value[] = [];
  const layer: DecoderLayer = {
    at: new Parameters(weights).at("layer"),
    frame: {
      ...batch.frame,
      attend({ queries, keys, values }, spec) {
        watched.push(queries, keys, values);
        return batch.frame.attend({ queries, keys, values }, spec);
      },
    },
    spec,
    tables: rotaryTables(batch, rotaryOf(config, { width: 4 })),
  };
  return { layer, weights, watched, x: graph.input("x", "float32", [2, 2]) };
}

Deno.test("a norm's weights may be stored as what they differ from 1 by", async () => {
  const graph = new Graph("case");
  const weights = new Parameters(fedWeights(graph));
  const x = graph.input("x", "float32", [1, 2]);
  graph.output("plain", rmsNormOf(config)(x, weights.at("plain")));
  graph.output("offset", rmsNormOf(config, { offset: 1 })(x, weights.at("offset")));
  const found = await runGraph(graph, {
    "x": plain([[3, 4]]),
    "plain.weight": plain([1, 2]),
    "offset.weight": plain([0, 1]),
  });
  assertNear(found["plain"]!, plain([[3 / Math.sqrt(12.5), 8 / Math.sqrt(12.5)]]));
  assert.deepEqual(found["offset"], found["plain"]);
});

Deno.test("a block adds attention and then the MLP to what it is given, each behind its norm", async () => {
  const graph = new Graph("case");
  const at = new Parameters(fedWeights(graph));
  const frame = { select: (x: Value) => x } as DecoderLayer["frame"];
  const block = preNormBlock({
    norm: (x, at) => mul(x, at.take("weight", [2])),
    attention: (x) => mul(x, 10),
    mlp: (x) => mul(x, 100),
  });
  const x = graph.input("x", "float32", [2, 2]);
  graph.output("y", block(x, { at, frame } as DecoderLayer));
  const { y } = await runGraph(graph, {
    "x": plain([[1, 2], [3, 4]]),
    "input_layernorm.weight": plain([2, 2]),
    "post_attention_layernorm.weight": plain([3, 3]),
  });
  assertNear(y!, plain([[6321, 12642], [18963, 25284]])); // 1 + 10 * 2 = 21, and 21 + 100 * 63
});

for (const bias of [false, true]) {
  Deno.test(`attention projects to its heads and back, ${bias ? "with" : "without"} biases`, () => {
    const graph = new Graph("case");
    const { layer, weights, watched, x } = layerOf(graph);
    const mixed = rotaryAttention(config, { bias })(x, layer);
    assert.equal(describe(mixed), "float32[2, 2]");
    assert.deepEqual(watched.map(describe), ["float32[2, 8]", "float32[2, 4]", "float32[2, 4]"]);
    const shapes = [...weights.taken].map(([name, { shape }]) => `${name} ${shape.join("x")}`);
    const named = ["q_proj 8", "k_proj 4", "v_proj 4"].map((each) => each.split(" "));
    assert.deepEqual(shapes, [
      ...named.flatMap(([name, outputs]) => [
        `layer.self_attn.${name}.weight ${outputs}x2`,
        ...(bias ? [`layer.self_attn.${name}.bias ${outputs}`] : []),
      ]),
      "layer.self_attn.o_proj.weight 2x8",
      ...(bias ? ["layer.self_attn.o_proj.bias 2"] : []),
    ]);
  });
}

Deno.test("the projection back may be the only one without a bias", () => {
  const graph = new Graph("case");
  const { layer, weights, x } = layerOf(graph);
  rotaryAttention(config, { bias: true, outputBias: false })(x, layer);
  const biases = [...weights.taken.keys()].filter((name) => name.endsWith("bias"));
  assert.deepEqual(biases, ["q", "k", "v"].map((name) => `layer.self_attn.${name}_proj.bias`));
});

Deno.test("one layer may hold queries, keys and values, in this order", () => {
  const graph = new Graph("case");
  const { layer, weights, watched, x } = layerOf(graph);
  rotaryAttention(config, { bias: false, fused: "qkv_proj" })(x, layer);
  assert.deepEqual(watched.map(describe), ["float32[2, 8]", "float32[2, 4]", "float32[2, 4]"]);
  const fused = weights.taken.get("layer.self_attn.qkv_proj.weight")!;
  assert.deepEqual(fused.shape, [16, 2]);
  const starts = graph.nodes.filter(({ op, inputs }) => op === "Slice" && inputs[0] === fused)
    .map(({ inputs }) => graph.constants.get(inputs[1]!)?.data[0]);
  assert.deepEqual(starts.map(Number), [0, 8, 12]);
});

Deno.test("each head of queries and keys may be normed before it turns", () => {
  const graph = new Graph("case");
  const { layer, weights, watched, x } = layerOf(graph);
  const shapes: string[] = [];
  const headNorm = (x: Value, at: Parameters) => {
    shapes.push(describe(x));
    return mul(x, at.take("weight", [4]));
  };
  rotaryAttention(config, { bias: false, headNorm })(x, layer);
  assert.deepEqual(shapes, ["float32[2, 2, 4]", "float32[2, 1, 4]"]);
  assert.deepEqual(watched.map(describe), ["float32[2, 8]", "float32[2, 4]", "float32[2, 4]"]);
  const norms = [...weights.taken.keys()].filter((name) => name.includes("norm"));
  assert.deepEqual(norms, ["layer.self_attn.q_norm.weight", "layer.self_attn.k_norm.weight"]);
});

Deno.test("a gated MLP multiplies an activated projection with a plain one", async () => {
  const graph = new Graph("case");
  const at = new Parameters(fedWeights(graph));
  const x = graph.input("x", "float32", [1, 2]);
  const mlp = gatedMlp(config, { gate: "relu", bias: false });
  graph.output("y", mlp(x, { at } as DecoderLayer));
  const { y } = await runGraph(graph, {
    "x": plain([[1, 2]]),
    "mlp.gate_proj.weight": plain([[1, 0], [-1, 0], [0, 1]]),
    "mlp.up_proj.weight": plain([[2, 0], [1, 1], [0, 3]]),
    "mlp.down_proj.weight": plain([[1, 1, 1], [0, 0, 1]]),
  });
  assertNear(y!, plain([[14, 12]])); // gates 1, 0, 2 times 2, 3, 6
});

Deno.test("one layer may hold the gate and then what it opens", async () => {
  const graph = new Graph("case");
  const at = new Parameters(fedWeights(graph));
  const x = graph.input("x", "float32", [1, 2]);
  const mlp = gatedMlp(config, { gate: "relu", bias: false, fused: "gate_up_proj" });
  graph.output("y", mlp(x, { at } as DecoderLayer));
  const { y } = await runGraph(graph, {
    "x": plain([[1, 2]]),
    "mlp.gate_up_proj.weight": plain([[1, 0], [-1, 0], [0, 1], [2, 0], [1, 1], [0, 3]]),
    "mlp.down_proj.weight": plain([[1, 1, 1], [0, 0, 1]]),
  });
  assertNear(y!, plain([[14, 12]]));
});
