import assert from "node:assert/strict";
import fc from "fast-check";
import { assignCredit } from "../../src/credit/assign.ts";
import { stepReductions } from "../../src/credit/step_reductions.ts";
import { steps } from "../../src/credit/steps.ts";
import { stepReductionNames } from "../../src/text/step_rule.ts";
import { identity, inputsOf } from "./given.ts";

const inputs = inputsOf({ score: 0, units: identity(5), attention: new Float64Array(5) });

function credited(
  scores: number[],
  places: number[],
  reduction: typeof stepReductionNames[number],
) {
  const stepScores = Float64Array.from(scores);
  const score = stepReductions[reduction].score(stepScores);
  const answer = { score, stepScores, rowScores: new Float64Array(), measured: {} };
  const { rewards, offset } = assignCredit(steps, [answer], {
    inputs: { ...inputs, steps: { ends: places, units: places, reduction } },
    beta: 0.3,
  });
  return { rewards: [...rewards], offset };
}

Deno.test("each step is paid at its last token, whatever beta", () => {
  assert.deepEqual(credited([0.5, 0.25], [1, 4], "sum"), {
    rewards: [0, 0.5, 0, 0, 0.25],
    offset: undefined,
  });
  assert.deepEqual(credited([0.5, 0.25], [1, 4], "mean").rewards, [0, 0.25, 0, 0, 0.125]);
  assert.deepEqual(credited([0.5, 0.25], [1, 4], "min").rewards, [0, 0, 0, 0, 0.25]);
  assert.deepEqual(credited([0.5, 0.25], [1, 4], "last").rewards, [0, 0, 0, 0, 0.25]);
  assert.deepEqual(credited([0.5, 0.25], [1, 4], "product"), {
    rewards: [0, -0.5, 0, 0, -0.375],
    offset: 1,
  });
});

Deno.test("steps that end in one unit of a caller add up, and one without a unit goes to the first", () => {
  assert.deepEqual(credited([1, 2, 4], [-1, 2, 2], "sum").rewards, [1, 0, 6, 0, 0]);
});

Deno.test("rewards and offset add up to the score, for every reduction, count and place of steps", () => {
  const step = fc.record({
    score: fc.double({ min: 0, max: 1, noNaN: true }),
    place: fc.integer({ min: -1, max: 4 }),
  });
  const some = fc.array(step, { minLength: 1, maxLength: 30 });
  fc.assert(fc.property(some, fc.constantFrom(...stepReductionNames), (some, reduction) => {
    // The law itself is checked where credit is assigned.
    const scores = some.map(({ score }) => score);
    credited(scores, some.map(({ place }) => place), reduction);
  }));
});

Deno.test("without the scores of steps there is nothing to assign", () => {
  const answer = { score: 1, rowScores: new Float64Array(), measured: {} };
  assert.throws(() => assignCredit(steps, [answer], { inputs, beta: 1 }), TypeError);
});
