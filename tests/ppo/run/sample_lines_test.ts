import assert from "node:assert/strict";
import type { Rollout } from "../../../src/ppo/rollout/rollout.ts";
import { sampleLines } from "../../../src/ppo/run/sample_lines.ts";

Deno.test("a line tells of every token what it is, what it was paid and how far from the reference", () => {
  const rollout: Rollout = {
    ids: Int32Array.of(5, 6, 7),
    promptLength: 1,
    ended: true,
    minLength: 0,
    logProbs: Float64Array.of(-9, -9),
    text: { prompt: "a", completion: " b", spans: [[0, 2], [2, 2]], pieces: [" b", ""] },
    score: 1.5,
    responseMass: 0.5,
    credit: Float64Array.of(1, 0.5),
    oldLogProbs: Float64Array.of(-1, -2),
    referenceLogProbs: Float64Array.of(-1.5, -1),
    values: Float64Array.of(0, 0),
  };
  assert.deepEqual(sampleLines(3, [rollout]), [{
    step: 3,
    prompt: "a",
    completion: " b",
    score: 1.5,
    ended: true,
    tokens: [" b", ""],
    rewards: [1, 0.5],
    kl: [0.5, -1],
  }]);
});
