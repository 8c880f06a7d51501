import assert from "node:assert/strict";
import { rollout } from "../../src/credit/rollout.ts";
import { identity, inputsOf } from "./given.ts";

const inputs = inputsOf({ score: 4, units: identity(2), promptScore: 0 });

function answer(...numbers: number[]) {
  const measured = { rollout: Float32Array.from(numbers) };
  return [{ score: 4, rowScores: new Float64Array(), measured }];
}

Deno.test("the plan asks for the rollout of the completion as it is", () => {
  const { ids, pool } = inputs;
  assert.deepEqual(rollout.plan(inputs), [{ ids, pool, rows: [], measure: ["rollout"] }]);
});

Deno.test("what comes of the completion's tokens is renormalised over them", () => {
  const credit = rollout.assign(answer(0.25, 0.375, 0.125, 0.25), { inputs, beta: 1 });
  assert.deepEqual([...credit.shares!], [0.75, 0.25]);
  assert.deepEqual([...credit.earned], [3, 1]);
  assert.equal(credit.responseMass, 0.5);
});

Deno.test("where nothing comes of them the shares are equal, and the credit says so", () => {
  const credit = rollout.assign(answer(1, 0, 0, 0), { inputs, beta: 1 });
  assert.deepEqual([credit.fallback, [...credit.earned]], ["uniform", [2, 2]]);
});
