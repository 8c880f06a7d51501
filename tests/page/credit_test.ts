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

/** Units of one token and of several, paid in every way. */
const units = [
  {},
  { unit: "sentence" },
  { unit: "clause", pay: "spread" },
  { unit: { window: 2 } },
  { unit: "token" },
];

for (const { name: method } of methodsFor({ family: "llama", attention: "causal" })) {
  Deno.test(`what the page computes for ${method} is what the server answers, at every beta and unit`, async () => {
    const { rewards } = fakeApp();
    const items = [{ prompt: "The film", completions: [" was fine, 😍\n. Yes it was", ""] }];
    const ask = async (credit: object) => await (await rewards({ items, credit })).json();
    for (
      const [unit, beta] of units.flatMap((unit) => betas.map((beta) => [unit, beta] as const))
    ) {
      const dense = answersOf<Shown>(await ask({ method, beta: 1, ...unit }));
      const { items: [{ completions }] } = await ask({ method, beta, ...unit });
      for (const [i, answer] of completions.entries()) {
        const { rewards: shown, offset, units: drawn = [], ...rest } = completionAt(
          dense[i]!,
          beta,
        );
        const { rewards: answered, offset: answeredOffset, units: told = [], ...answeredRest } =
          answer;
        const blocks = [drawn, told].map((units: NonNullable<Shown["units"]>) =>
          units.map(({ tokens }) => tokens)
        );
        assert.deepEqual(blocks[0], blocks[1]);
        close(
          drawn.map((each) => each.reward),
          told.map((each: { reward: number }) => each.reward),
        );
        assert.deepEqual(rest, answeredRest);
        close(shown, answered);
        close([offset ?? 0], [answeredOffset ?? 0]);
      }
    }
  });
}

interface Shown {
  readonly score: number;
  readonly rewards: readonly number[];
  readonly offset?: number;
  readonly units?: readonly { readonly tokens: readonly number[]; readonly reward: number }[];
}

function close(shown: readonly number[], answered: readonly number[]): void {
  assert.equal(shown.length, answered.length);
  for (const [i, value] of shown.entries()) {
    assert.ok(Math.abs(value - (answered[i] ?? NaN)) < 1e-12, `${value} and ${answered[i]}`);
  }
}
