import assert from "node:assert/strict";
import { Backend } from "../../../src/http/backend.ts";
import { inferenceFacts } from "../../../src/http/protocols/open_inference_facts.ts";
import {
  namesOf,
  outputFact,
  outputNames,
  taskOf,
  tensorOf,
} from "../../../src/http/protocols/open_inference_outputs.ts";
import type { ScoredCompletion } from "../../../src/scorer/scored.ts";
import { defaultWireLimits } from "../../../src/wire/limits.ts";
import { fakeApp } from "../fake_app.ts";

const whole: ScoredCompletion = {
  score: 1,
  rewards: Float64Array.of(0.25, 0.75),
  truncated: false,
};
const stepped: ScoredCompletion = {
  ...whole,
  rewards: Float64Array.of(0, 0.5, 0.5),
  steps: [{ end: 1, score: 0.5 }, { score: 1.5 }],
};

function scored(...completions: ScoredCompletion[]) {
  const cost = { tokens: 0, computedTokens: 0, tokenizeMs: 0, queueMs: 0, inferenceMs: 0 };
  return { completions, credit: { method: "steps", beta: 1 }, cost } as const;
}

Deno.test("steps are outputs of models that score them, a row for each sample", () => {
  const both = scored(stepped, { ...stepped, steps: [{ end: 0, score: 4 }] });
  assert.equal(taskOf(both), "token");
  assert.deepEqual(namesOf({ task: "token" }), outputNames);
  assert.equal(taskOf(scored(whole)), "sequence");
  assert.ok(!namesOf({ task: "sequence" }).some((name) => name.startsWith("step_")));
  assert.deepEqual(tensorOf("step_count", both).data, [2, 1]);
  const { shape, data } = tensorOf("step_scores", both);
  assert.deepEqual([shape, data], [[2, 2], [0.5, 1.5, 4, 0]]);
  assert.deepEqual(tensorOf("step_ends", both).data, [1, -1, 0, 0]);
});

Deno.test("a sample without steps has an empty row of them", () => {
  assert.deepEqual(tensorOf("step_scores", scored(whole)).shape, [1, 0]);
  assert.deepEqual(tensorOf("token_rewards", scored(whole)).data, [0.25, 0.75]);
});

Deno.test("every output tells its type and how many extents it has", () => {
  const both = scored(stepped, stepped);
  for (const name of outputNames) {
    const { datatype, shape } = outputFact(name);
    const tensor = tensorOf(name, both);
    assert.deepEqual([datatype, shape.length], [tensor.datatype, tensor.shape.length]);
  }
});

Deno.test("every output is a tensor of the type and rank that its metadata says", () => {
  const completions = [
    { score: 1, rewards: Float64Array.of(1), truncated: false },
    { score: 3, rewards: Float64Array.of(1, 2), tokenIds: Int32Array.of(7, 8), truncated: false },
  ];
  const cost = { tokens: 3, computedTokens: 3, tokenizeMs: 0, queueMs: 0, inferenceMs: 0 };
  const scored = { completions, credit: { method: "abc", beta: 1 } as const, cost };
  const names = namesOf({ task: taskOf(scored) });
  const tensors = names.map((name) => tensorOf(name, scored));
  const described = tensors.map(({ name, datatype, shape }) => ({
    name,
    datatype,
    shape: shape.map(() => -1),
  }));
  assert.deepEqual(described, names.map(outputFact));
  const rewards = tensors.find(({ name }) => name === "token_rewards");
  assert.deepEqual(rewards?.data, [1, 0, 1, 2]);
});

Deno.test("probes have no key, and models have", () => {
  const routes = inferenceFacts({
    backend: new Backend(fakeApp().models),
    version: "1",
    limits: defaultWireLimits,
  });
  const open = routes.filter(({ open }) => open).map(({ path }) => path);
  assert.deepEqual(open, ["/v2/health/live", "/v2/health/ready"]);
});
