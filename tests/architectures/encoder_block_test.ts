import assert from "node:assert/strict";
import { encoderBlock } from "../../src/architectures/encoder_block.ts";
import { fedWeights } from "../../src/layers/fed_weights.ts";
import { paddedBatch } from "../../src/layers/frames/padded.ts";
import { Parameters } from "../../src/layers/parameters.ts";
import { Graph } from "../../src/onnx/graph.ts";

Deno.test("a block takes the weights that BERT and its kin name alike", () => {
  const graph = new Graph("block");
  const weights = fedWeights(graph);
  const { frame } = paddedBatch(graph, { batch: 1, length: 2, attention: "bidirectional" });
  const x = graph.input("x", "float32", [2, 4]);
  const config = {
    hidden_size: 4,
    intermediate_size: 3,
    hidden_act: "gelu",
    layer_norm_eps: 1e-12,
  } as const;
  const spec = { heads: 2, kvHeads: 2, width: 3, scale: 1 };
  const projections = { queries: "q", keys: "k", values: "v" };
  const at = new Parameters(weights);
  const y = encoderBlock(x, { at, frame, config, projections, spec });
  assert.deepEqual(y.shape, [2, 4]);
  const shapes = [...weights.taken].map(([name, { shape }]) => `${name} ${shape.join("x")}`);
  assert.deepEqual(shapes.toSorted(), [
    "attention.output.LayerNorm.bias 4",
    "attention.output.LayerNorm.weight 4",
    "attention.output.dense.bias 4",
    "attention.output.dense.weight 4x6",
    "attention.self.k.bias 6",
    "attention.self.k.weight 6x4",
    "attention.self.q.bias 6",
    "attention.self.q.weight 6x4",
    "attention.self.v.bias 6",
    "attention.self.v.weight 6x4",
    "intermediate.dense.bias 3",
    "intermediate.dense.weight 3x4",
    "output.LayerNorm.bias 4",
    "output.LayerNorm.weight 4",
    "output.dense.bias 4",
    "output.dense.weight 4x3",
  ]);
});
