import assert from "node:assert/strict";
import { encoderClassifier } from "../../src/architectures/encoder_classifier.ts";
import { fedWeights } from "../../src/layers/fed_weights.ts";
import { layerNorm } from "../../src/layers/norm.ts";
import { Parameters } from "../../src/layers/parameters.ts";
import { Graph } from "../../src/onnx/graph.ts";
import type { Trunk } from "../../src/architectures/trunk.ts";

const trunk: Trunk = {
  family: "small",
  prefix: "small",
  embeddings: "words",
  sharesUpTo: 0,
  dimensions: { hidden: 4, layers: 1, heads: 2, vocabulary: 3, types: 2, context: 8 },
  attention: () => ({ heads: 2, kvHeads: 2, width: 2, scale: 1 }),
  derived: [],
  hidden: () => assert.fail("nothing is written yet"),
};

Deno.test("an encoder's first token is scored by the head that it is given, of pairs of texts", () => {
  const labels = ["good", "bad", "neither"];
  const head = { labels, dense: "pool", act: "tanh", out: "out" } as const;
  const classifier = encoderClassifier("SmallForSequenceClassification", trunk, head);
  const { attention, pooling, task, input, sharesUpTo } = classifier;
  assert.deepEqual([attention, pooling, task, input], [
    "bidirectional",
    "first",
    "sequence",
    "pair",
  ]);
  assert.equal(sharesUpTo, 0);
  assert.equal(classifier.head.text, "linear pool, tanh, linear out");
  assert.deepEqual(classifier.dimensions, { ...trunk.dimensions, labels: 3 });
  const graph = new Graph("head");
  const weights = fedWeights(graph);
  const states = graph.input("states", "float32", [2, 4]);
  assert.deepEqual(classifier.head.write(states, new Parameters(weights)).shape, [2, 3]);
  const shapes = [...weights.taken].map(([name, { shape }]) => `${name} ${shape.join("x")}`);
  assert.deepEqual(shapes.toSorted(), [
    "out.bias 3",
    "out.weight 3x4",
    "pool.bias 4",
    "pool.weight 4x4",
  ]);
});

Deno.test("a head may read the mean, have no bias and have a norm behind its activation", () => {
  const classifier = encoderClassifier("SmallForSequenceClassification", trunk, {
    labels: ["good"],
    pooling: "mean",
    dense: "pool",
    bias: false,
    act: "gelu",
    norm: (x, at) => layerNorm(x, at.at("norm"), { width: 4, epsilon: 1e-5, bias: false }),
    out: "out",
  });
  assert.equal(classifier.pooling, "mean");
  const graph = new Graph("head");
  const weights = fedWeights(graph);
  const states = graph.input("states", "float32", [2, 4]);
  assert.deepEqual(classifier.head.write(states, new Parameters(weights)).shape, [2, 1]);
  const taken = ["norm.weight", "out.bias", "out.weight", "pool.weight"];
  assert.deepEqual([...weights.taken.keys()].toSorted(), taken);
});
