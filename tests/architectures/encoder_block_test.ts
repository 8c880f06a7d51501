import assert from "node:assert/strict";
import { bertBlock, encoderBlock } from "../../src/architectures/encoder_block.ts";
import { fedWeights } from "../../src/layers/fed_weights.ts";
import { paddedBatch } from "../../src/layers/frames/padded.ts";
import { Parameters } from "../../src/layers/parameters.ts";
import { Graph } from "../../src/onnx/graph.ts";

Deno.test("a block takes its weights by the names that it is given", () => {
  const graph = new Graph("block");
  const weights = fedWeights(graph);
  const { frame } = paddedBatch(graph, { batch: 1, length: 2, attention: "bidirectional" });
  const x = graph.input("x", "float32", [2, 4]);
  const config = {
    intermediate_size: 3,
    hidden_act: "gelu",
    layer_norm_eps: 1e-12,
  } as const;
  const spec = { heads: 2, kvHeads: 2, width: 3, scale: 1 };
  const names = { ...bertBlock, queries: "attention.q_lin", outputNorm: "last_norm" };
  const at = new Parameters(weights);
  const y = encoderBlock(x, { at, frame, config, names, spec });
  assert.deepEqual(y.shape, [2, 4]);
  const shapes = [...weights.taken].map(([name, { shape }]) => `${name} ${shape.join("x")}`);
  assert.deepEqual(shapes.toSorted(), [
    "attention.output.LayerNorm.bias 4",
    "attention.output.LayerNorm.weight 4",
    "attention.output.dense.bias 4",
    "attention.output.dense.weight 4x6",
    "attention.q_lin.bias 6",
    "attention.q_lin.weight 6x4",
    "attention.self.key.bias 6",
    "attention.self.key.weight 6x4",
    "attention.self.value.bias 6",
    "attention.self.value.weight 6x4",
    "intermediate.dense.bias 3",
    "intermediate.dense.weight 3x4",
    "last_norm.bias 4",
    "last_norm.weight 4",
    "output.dense.bias 4",
    "output.dense.weight 4x3",
  ]);
});
