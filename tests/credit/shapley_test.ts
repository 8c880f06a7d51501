import assert from "node:assert/strict";
import fc from "fast-check";
import { Batcher } from "../../src/batch/batcher.ts";
import { shapley } from "../../src/credit/shapley.ts";
import { createScorer } from "../../src/scorer/scorer.ts";
import { fakeModel } from "../support/fake_model.ts";
import { openGolden } from "../support/golden_model.ts";
import { answersTo, assigned, blocks, givens, identity, inputsOf, otherScore } from "./given.ts";

Deno.test("the plan is the completion, and it with every other set of its units", () => {
  const plan = [...shapley.plan(inputsOf({ score: 1, units: blocks(5), promptScore: 0 }))];
  // The prompt is token 10, the units are 11 to 13 and 14 to 15, and 16 closes the text.
  assert.deepEqual(plan.map(({ ids }) => [...ids]), [
    [10, 11, 12, 13, 14, 15, 16],
    [10, 16],
    [10, 14, 15, 16],
    [10, 11, 12, 13, 16],
  ]);
});

Deno.test("two units have the mean of what each adds first and last; the empty text is the offset", () => {
  const given = { score: 2, units: blocks(5), promptScore: 0 };
  const [, none, second, first] = [...shapley.plan(inputsOf(given))].map(({ ids }) =>
    otherScore(ids)
  );
  const { rewards, offset } = assigned(shapley, given, 0.5, { unit: "sentence", pay: "last" });
  const [one, other] = [
    0.5 * ((first! - none!) + (2 - second!)) / 2,
    0.5 * ((second! - none!) + (2 - first!)) / 2,
  ];
  const expected = [0, 0, one, 0, other + 1];
  rewards.forEach((reward, t) => assert.ok(Math.abs(reward - expected[t]!) < 1e-12));
  assert.ok(Math.abs(offset! - 0.5 * none!) < 1e-12);
});

Deno.test("a text of which nothing would be left scores 0 and is not asked about", () => {
  const inputs = { ...inputsOf({ score: 3, units: blocks(2) }), closing: [2, 2] as const };
  const whole = {
    ...inputs,
    ids: inputs.ids.slice(0, 2),
    without: () => ({ ids: new Int32Array(), pool: [] }),
  };
  assert.equal([...shapley.plan(whole)].length, 1);
  const answer = { score: 3, rowScores: new Float64Array(), measured: {} };
  const { earned, offset } = shapley.assign([answer], { inputs: whole, beta: 1 });
  assert.deepEqual([[...earned], offset], [[3], 0]);
});

Deno.test("the values are the whole of the difference, and beta of them is paid", () => {
  fc.assert(
    fc.property(givens, (given) => {
      fc.pre(given.units.parts.length > 0);
      const inputs = inputsOf(given);
      const answers = answersTo(shapley.plan(inputs), given);
      const { earned, rest, offset = 0, standardErrors } = shapley.assign(answers, {
        inputs,
        beta: 1,
      });
      const total = earned.reduce((sum, each) => sum + each, offset);
      assert.ok(Math.abs(total - given.score) <= 1e-9 * Math.max(1, Math.abs(given.score)));
      assert.equal(Math.abs(rest), 0);
      const isSampled = given.units.parts.length > 4; // as tests have 16 passes
      assert.equal(standardErrors?.length, isSampled ? given.units.count : undefined);
    }),
    { numRuns: 50 },
  );
});

Deno.test("units of a sample have their standard error in the reply, clauses are grouped by sentence", async () => {
  const model = fakeModel({ context: 256 });
  const scorer = createScorer(model, new Batcher(model.engine));
  const completion = Array.from({ length: 6 }, () => " It is fun, and warm, and long.").join("");
  const ask = async (unit: "clause" | "sentence", passes: number) => {
    const { completions: [answer] } = await scorer.score({
      samples: [{ kind: "plain", prompt: "Go", completion }],
      credit: { method: "shapley", beta: 1, unit, passes },
      truncation: "none",
    });
    return answer!.units!;
  };
  const exact = await ask("sentence", 64);
  assert.ok(exact.length === 6 && exact.every(({ standardError }) => standardError === undefined));
  const sampled = await ask("clause", 64);
  assert.ok(sampled.length === 18 && sampled.every(({ standardError }) => standardError! >= 0));
});

Deno.test("all texts of a completion are one prefix tree", async () => {
  await using engine = (await openGolden("llama", { eager: true })).engine;
  const given = { score: 0, units: blocks(4 * 6, 6), promptScore: 0 };
  const plan = [...shapley.plan(inputsOf(given))];
  const asked = plan.reduce((sum, { ids }) => sum + ids.length, 0);
  const { computedTokens } = await engine.run(plan);
  assert.ok(computedTokens < 0.7 * asked, `${computedTokens} of ${asked}`);
});

Deno.test("without units there is nobody to pay", () => {
  assert.equal(assigned(shapley, { score: 3, units: identity(0) }, 1).offset, 3);
});

Deno.test("how much a plan asks at least is known before, and is never more than it asks", () => {
  const sizes = fc.record({
    tokens: fc.integer({ min: 1, max: 40 }),
    size: fc.integer({ min: 1, max: 3 }),
    promptScore: fc.constantFrom(undefined, 0),
  });
  fc.assert(fc.property(sizes, ({ tokens, size, promptScore }) => {
    const units = blocks(tokens, size);
    const inputs = inputsOf({ score: 1, units, ...(promptScore === 0 ? { promptScore } : {}) });
    const [, ...others] = [...shapley.plan(inputs)];
    const asked = others.reduce((sum, { ids }) => sum + ids.length, 0);
    const least = shapley.leastPlanned!(inputs);
    assert.ok(least <= asked, `${least} of ${asked}`);
    // Two pairs of orders or more were drawn of more than four units; one is counted.
    if (units.count > 4) assert.ok(least > asked / 4, `${least} of ${asked}`);
  }));
});
