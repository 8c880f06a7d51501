import assert from "node:assert/strict";
import { layeredHead, type Layers } from "../../../src/architectures/heads/layered.ts";
import { fedWeights } from "../../../src/layers/fed_weights.ts";
import { Parameters } from "../../../src/layers/parameters.ts";
import { Graph } from "../../../src/onnx/graph.ts";

function written(layers: Layers) {
  const graph = new Graph("head");
  const weights = fedWeights(graph);
  const states = graph.input("states", "float32", [2, 4]);
  const head = layeredHead(layers);
  const { shape } = head.write(states, new Parameters(weights));
  const taken = [...weights.taken].map(([name, { shape }]) => `${name} ${shape.join("x")}`);
  const ops = graph.nodes.map(({ op }) => op);
  return { text: head.text, shape, taken: taken.toSorted(), ops };
}

Deno.test("one layer is a linear head, with a bias or without", () => {
  for (const bias of [false, true]) {
    const layers = [{ name: "score", outputs: 2, bias }];
    const { text, shape, taken, ops } = written({ inputs: 4, labels: ["a", "b"], layers });
    assert.equal(text, "linear score");
    assert.deepEqual(shape, [2, 2]);
    assert.deepEqual(taken, [...(bias ? ["score.bias 2"] : []), "score.weight 2x4"]);
    assert.deepEqual(ops, ["Gemm"]);
  }
});

Deno.test("between two layers stands the activation, relu unless another is named", () => {
  const layers = [
    { name: "score.0", outputs: 3, bias: true },
    { name: "score.2", outputs: 1, bias: false },
  ];
  const { text, shape, taken, ops } = written({ inputs: 4, labels: ["a"], layers });
  assert.equal(text, "linear score.0, relu, linear score.2");
  assert.deepEqual(shape, [2, 1]);
  assert.deepEqual(taken, ["score.0.bias 3", "score.0.weight 3x4", "score.2.weight 1x3"]);
  assert.deepEqual(ops, ["Gemm", "Relu", "Gemm"]);
  const other = written({ inputs: 4, labels: ["a"], layers, act: "tanh", norm: (x) => x });
  assert.equal(other.text, "linear score.0, tanh, norm, linear score.2");
  assert.deepEqual(other.ops, ["Gemm", "Tanh", "Gemm"]);
});
