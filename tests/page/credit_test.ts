import assert from "node:assert/strict";
import fc from "fast-check";
import { methodsFor } from "../../src/credit/choice.ts";
import { answersOf, completionAt, offsetAt, rewardsAt } from "../../src/page/credit.js";
import { fakeApp } from "../http/fake_app.ts";

const betas = [0, 0.25, 0.8, 1];

Deno.test("at beta 1 the rewards are those of the answer, at 0 the last token has it all", () => {
  const dense = { score: 2, rewards: [0.5, 1, 0.5] };
  assert.deepEqual(rewardsAt(dense, 1), [0.5, 1, 0.5]);
  assert.deepEqual(rewardsAt(dense, 0), [0, 0, 2]);
});

Deno.test("credit by steps is the same at every beta", () => {
  const completion = { score: 0.5, rewards: [0, 0.75, 0, 0.75], offset: -1, steps: [] };
  const reply = { credit: { method: "steps" }, items: [{ completions: [completion] }] };
  const [fixed] = answersOf(reply);
  for (const beta of betas) assert.deepEqual(completionAt(fixed!, beta), completion);
  const [spread] = answersOf({ ...reply, credit: { method: "abc" } });
  assert.deepEqual(completionAt(spread!, 0).rewards, [0, 0, 0, 0.5]);
});

Deno.test("an empty completion keeps its offset whatever beta is", () => {
  for (const beta of betas) assert.equal(offsetAt({ rewards: [], offset: 3 }, beta), 3);
  assert.equal(offsetAt({ rewards: [1], offset: 3 }, 0.5), 1.5);
  assert.equal(offsetAt({ rewards: [1] }, 0.5), 0);
});

Deno.test("rewards and offset add up to the score at every beta", () => {
  const number = fc.double({ min: -50, max: 50, noNaN: true });
  const dense = fc.record({
    rewards: fc.array(number, { minLength: 1, maxLength: 30 }),
    offset: number,
  })
    .map(({ rewards, offset }) => ({
      rewards,
      offset,
      score: rewards.reduce((a, b) => a + b, offset),
    }));
  fc.assert(fc.property(dense, fc.double({ min: 0, max: 1, noNaN: true }), (dense, beta) => {
    const total = rewardsAt(dense, beta).reduce((a, b) => a + b, offsetAt(dense, beta));
    assert.ok(Math.abs(total - dense.score) < 1e-9 * Math.max(1, Math.abs(dense.score)) * 100);
  }));
});

for (const { name: method } of methodsFor({ family: "llama", attention: "causal" })) {
  Deno.test(`what the page computes for ${method} is what the server answers, at every beta`, async () => {
    const { rewards } = fakeApp();
    const items = [{ prompt: "The film", completions: [" was fine 😍\n", ""] }];
    const ask = async (beta: number) =>
      (await (await rewards({ items, credit: { method, beta } })).json()).items[0].completions;
    const dense = await ask(1);
    for (const beta of betas) {
      for (const [i, answer] of (await ask(beta)).entries()) {
        const { rewards: shown, offset, ...rest } = completionAt(dense[i], beta);
        const { rewards: answered, offset: answeredOffset, ...answeredRest } = answer;
        assert.deepEqual(rest, answeredRest);
        close(shown, answered);
        close([offset ?? 0], [answeredOffset ?? 0]);
      }
    }
  });
}

function close(shown: readonly number[], answered: readonly number[]): void {
  assert.equal(shown.length, answered.length);
  for (const [i, value] of shown.entries()) {
    assert.ok(Math.abs(value - (answered[i] ?? NaN)) < 1e-12, `${value} and ${answered[i]}`);
  }
}
