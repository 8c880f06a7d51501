import assert from "node:assert/strict";
import type { PassInputs } from "../../../src/engine/measurements/measurement.ts";
import { slopeOf } from "../../../src/engine/measurements/slope.ts";
import { fedWeights } from "../../../src/layers/fed_weights.ts";
import { Parameters } from "../../../src/layers/parameters.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { mul } from "../../../src/onnx/ops.ts";
import type { Value } from "../../../src/onnx/value.ts";
import type { Layout } from "../../../src/architectures/trunk.ts";

/** Inputs of a pass over a trunk that is nothing but its embeddings, `[tokens, 2]`, read by a head of one label. */
function inputsOf(hidden: (words: Value, layout: Layout) => Value): PassInputs & { graph: Graph } {
  const graph = new Graph("slope");
  const words = graph.input("words", "float32", ["tokens", 2]);
  return {
    graph,
    architecture: {
      trunk: {
        family: "made-up",
        prefix: "body",
        hidden: (_tokens: unknown, _at: unknown, layout: Layout) => hidden(words, layout),
      },
      head: { write: (pooled: Value) => pooled },
    },
    parameters: new Parameters(fedWeights(graph)),
    batch: { frame: {} },
    pool: (states: Value) => states,
    gate: () => undefined,
    labelWeights: [1, -2],
  } as unknown as PassInputs & { graph: Graph };
}

Deno.test("a trunk that does not tell its embeddings cannot be differentiated by them", () => {
  assert.throws(() => slopeOf(inputsOf((words) => words)), {
    name: "TypeError",
    message: /names no embeddings: received "made-up"$/,
  });
});

Deno.test("what is placed goes on in the place of the embeddings, and is what the slope is by", () => {
  const inputs = inputsOf((words, { embedded }) => embedded!(words));
  let placed: Value | undefined;
  const { words, scores, along } = slopeOf(inputs, (stored) => placed = mul(stored, 0.5));
  assert.equal(words, placed);
  assert.deepEqual(scores.shape, ["tokens", 1]);
  assert.deepEqual(along(words).shape, ["tokens"]);
  const unplaced = inputsOf((words, { embedded }) => embedded!(words));
  assert.equal(slopeOf(unplaced).words.label, "words");
});
