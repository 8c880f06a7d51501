import assert from "node:assert/strict";
import fc from "fast-check";
import { occlusion } from "../../src/credit/occlusion.ts";
import { Batcher } from "../../src/batch/batcher.ts";
import type { Query } from "../../src/engine/engine.ts";
import { createScorer } from "../../src/scorer/scorer.ts";
import { fakeModel } from "../support/fake_model.ts";
import { openGolden } from "../support/golden_model.ts";
import { assigned, blocks, givens, inputsOf, otherScore, SENTENCE } from "./given.ts";

Deno.test("the plan is the completion, and it without each of its units", () => {
  const plan = [...occlusion.plan(inputsOf({ score: 1, units: blocks(5), promptScore: 0 }))];
  // The prompt is token 10, the sentences are 11 to 13 and 14 to 15, and 16 closes the text.
  assert.deepEqual(plan.map(({ ids }) => [...ids]), [
    [10, 11, 12, 13, 14, 15, 16],
    [10, 14, 15, 16],
    [10, 11, 12, 13, 16],
  ]);
  assert.deepEqual(plan.map(({ pool }) => pool), [[6], [3], [4]]);
  assert.ok(plan.every(({ rows, measure }) => rows.length === 0 && measure.length === 0));
});

Deno.test("a unit's tokens share what the score loses without it, the last one has the rest", () => {
  const given = { score: 2, units: blocks(5), promptScore: 0 };
  const [, first, second] = [...occlusion.plan(inputsOf(given))].map(({ ids }) => otherScore(ids));
  const { rewards, shares, offset, residual } = assigned(occlusion, given, 0.5, {
    unit: "sentence",
    pay: "spread",
  });
  const [early, late] = [0.5 * (2 - first!) / 3, 0.5 * (2 - second!) / 2];
  const expected = [early, early, early, late, 2 - 3 * early - late];
  rewards.forEach((reward, t) => assert.ok(Math.abs(reward - expected[t]!) < 1e-12));
  assert.deepEqual([shares, offset], [undefined, undefined]);
  assert.ok(Math.abs(residual! - 0.5 * (2 - (2 - first!) - (2 - second!))) < 1e-12);
});

Deno.test("a text of which nothing would be left scores 0", () => {
  const inputs = { ...inputsOf({ score: 3, units: blocks(2) }), closing: [2, 2] as const };
  const whole = { ...inputs, ids: inputs.ids.slice(0, 2) };
  assert.equal([...occlusion.plan(whole)].length, 1);
  const answer = { score: 3, rowScores: new Float64Array(), measured: {} };
  const { earned, rest } = occlusion.assign([answer], { inputs: whole, beta: 1 });
  assert.deepEqual([[...earned], rest], [[3], 0]);
});

Deno.test("one text more is asked for per unit, and each lacks just its own tokens", () => {
  fc.assert(fc.property(givens, (given) => {
    const inputs = inputsOf(given);
    const [whole, ...rest] = occlusion.plan(inputs);
    const tokens = inputs.completion[1] - inputs.completion[0];
    assert.equal(rest.length, inputs.units.parts.length);
    const lacking = rest.map(({ ids }) => whole!.ids.length - ids.length);
    assert.equal(lacking.reduce((sum, each) => sum + each, 0), tokens);
  }));
});

Deno.test("samples of text, of chat and of ids have their sentences occluded", async () => {
  const model = fakeModel();
  const scorer = createScorer(model, new Batcher(model.engine));
  const { completions, cost } = await scorer.score({
    samples: [
      { kind: "plain", prompt: "It is", completion: " fun. It is warm. Go" },
      { kind: "chat", messages: [{ role: "user", content: "Is it?" }], completion: "No. Yes." },
      { kind: "ids", promptIds: [7], completionIds: [11, 15, 21, 22] }, // 15 ends a sentence
    ],
    credit: { method: "occlusion", beta: 1 },
    truncation: "none",
  });
  const queries = model.engine.batches.flat();
  assert.deepEqual(queries.length, (1 + 3) + (1 + 2) + (1 + 2));
  assert.equal(cost.tokens, queries.reduce((sum, { ids }) => sum + ids.length, 0));
  for (const { score, rewards } of completions) {
    assert.ok(Math.abs(rewards.reduce((sum, reward) => sum + reward, 0) - score) < 1e-9);
  }
});

Deno.test("a request that plans more tokens than it may is refused before anything is computed", async () => {
  const model = fakeModel();
  const limits = { maxPlannedTokens: 10 };
  const scorer = createScorer(model, new Batcher(model.engine, { limits }));
  const sample = { kind: "plain", prompt: "It is", completion: " fun. It is warm." } as const;
  const ask = (method: string) =>
    scorer.score({ samples: [sample], credit: { method, beta: 1 }, truncation: "none" });
  await assert.rejects(ask("occlusion"), { kind: "too_large", path: "credit.method" });
  assert.deepEqual(model.engine.batches, []);
  assert.equal((await ask("abc")).completions.length, 1);
});

Deno.test("what is planned for a completion is one tree: beginnings are computed once", async () => {
  await using engine = (await openGolden("llama", { eager: true })).engine;
  const sentences = 6;
  const given = { score: 0, units: blocks(SENTENCE * sentences), promptScore: 0 };
  const plan: readonly Query[] = [...occlusion.plan(inputsOf(given))];
  const asked = plan.reduce((sum, { ids }) => sum + ids.length, 0);
  const { computedTokens } = await engine.run(plan);
  // The text itself, and of the text without sentence k what stands behind that sentence.
  const behind = plan.slice(1).map((_, k) => SENTENCE * (sentences - 1 - k) + 1);
  const expected = plan[0]!.ids.length + behind.reduce((sum, each) => sum + each, 0);
  assert.equal(computedTokens, expected);
  assert.ok(computedTokens < 0.6 * asked, `${computedTokens} of ${asked}`);
});
