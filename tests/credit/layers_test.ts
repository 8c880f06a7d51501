import assert from "node:assert/strict";
import { hasLayer, layers } from "../../src/credit/layers.ts";
import { defaultOptions, type MethodOptions } from "../../src/credit/options.ts";
import { createScorer } from "../../src/scorer/scorer.ts";
import { Batcher } from "../../src/batch/batcher.ts";
import { fakeModel } from "../support/fake_model.ts";
import { identity, inputsOf } from "./given.ts";

const inputs = inputsOf({ score: 4, units: identity(2), promptScore: 0 });

/** Two layers' attention on the prompt, two tokens and what closes the text. */
const measured = { layers: Float32Array.of(0.5, 0, 0.25, 0.25, 0.25, 0.75, 0, 0) };
const answers = [{ score: 4, rowScores: new Float64Array(), measured }];

function earned(layer: MethodOptions["layer"]): number[] {
  const asked = { ...inputs, options: { ...defaultOptions, layer } };
  return [...layers.assign(answers, { inputs: asked, beta: 1 }).earned];
}

Deno.test("a layer is one of them, from either end, or all are averaged", () => {
  assert.deepEqual(earned(0), [2, 2]);
  assert.deepEqual(earned(-1), [1, 3]);
  assert.deepEqual(earned(1), [1, 3]);
  assert.deepEqual(earned("all"), [4 * 0.25 / 0.75, 4 * 0.5 / 0.75]);
});

Deno.test("a layer that there is not is refused before anything is computed", async () => {
  assert.deepEqual([hasLayer(-2, 2), hasLayer(2, 2), hasLayer("all", 1)], [true, false, true]);
  const model = fakeModel();
  const scorer = createScorer(model, new Batcher(model.engine));
  const ask = (layer: number) =>
    scorer.score({
      samples: [{ kind: "plain", prompt: "It is", completion: " fun" }],
      credit: { method: "layers", beta: 1, layer },
      truncation: "none",
    });
  await assert.rejects(ask(2), {
    kind: "invalid_request",
    path: "credit.layer",
    message: "Cannot assign credit as the layer must be from -2 to 1, or all: received 2",
  });
  assert.deepEqual(model.engine.batches, []);
  assert.equal((await ask(-1)).completions.length, 1);
});

Deno.test("the plan asks for the layers of the completion as it is", () => {
  assert.deepEqual([...layers.plan(inputs)][0]?.measure, ["layers"]);
  assert.throws(
    () => layers.assign([{ ...answers[0]!, measured: {} }], { inputs, beta: 1 }),
    TypeError,
  );
});
