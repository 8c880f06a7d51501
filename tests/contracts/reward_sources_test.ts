/** Reward sources of the trainer: a server, with every credit choice, and the functions that stand in for it. */

import assert from "node:assert/strict";
import { creditNames } from "../../src/ppo/rollout/credit.ts";
import type { CompletionText } from "../../src/ppo/rollout/policy_text.ts";
import { openRewardSource, type RewardSource } from "../../src/ppo/rollout/reward_source.ts";
import { fakeApp } from "../http/fake_app.ts";
import { rewardsFor } from "../ppo/tiny_run.ts";

/** A completion whose tokens are single characters, with an EOS token. */
function letters(prompt: string, completion: string): CompletionText {
  const pieces = Array.from(completion);
  const spans = pieces.map((_, i): [number, number] => [i, i + 1]);
  return {
    prompt,
    completion,
    pieces: [...pieces, ""],
    spans: [...spans, [pieces.length, pieces.length]],
  };
}

const texts = [
  letters("The film", " was good"),
  letters("The", " caf\u00e9 \u{1F600}."),
  letters("A", "b"),
];

type FetchRewards = RewardSource["fetchRewards"];

const sources: Readonly<Record<string, () => Promise<FetchRewards>>> = {
  ...Object.fromEntries(creditNames.map((method) => [
    `a server with ${method}`,
    async (): Promise<FetchRewards> => {
      const steps = method === "steps";
      const { app } = fakeApp({ model: { steps }, engine: { steps } });
      const source = await openRewardSource({
        urls: ["http://127.0.0.1:8080"],
        credit: { method, beta: 0.8 },
        timeoutMs: 60_000,
        fetch: async (input, init) => await app.request(input as string, init),
      });
      return source.fetchRewards;
    },
  ])),
  "rewards of a function": () => Promise.resolve(rewardsFor("a")),
};

/** The score minus the rewards; RED leaves the prompt's own score unassigned. */
const leavesOffset = (name: string) => / with (red|shapley|integrated)$/.test(name);

for (const [name, open] of Object.entries(sources)) {
  Deno.test(`${name}: every completion has a score and a reward per token, in order`, async () => {
    const fetchRewards = await open();
    const found = await fetchRewards(texts);
    assert.equal(found.length, texts.length);
    for (const [i, { score, perToken, responseMass }] of found.entries()) {
      assert.equal(perToken.length, texts[i]!.spans.length);
      assert.ok([score, ...perToken].every(Number.isFinite));
      assert.ok(responseMass > 0 && responseMass <= 1, `${responseMass}`);
      if (leavesOffset(name)) continue;
      const sum = perToken.reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(sum - score) < 1e-5, `${sum} of ${score}`);
    }
  });

  Deno.test(`${name}: the rewards of a completion do not depend on the others`, async () => {
    const fetchRewards = await open();
    const together = await fetchRewards(texts);
    const [alone] = await fetchRewards([texts[1]!]);
    assert.ok(Math.abs(alone!.score - together[1]!.score) < 1e-5);
    alone!.perToken.forEach((each, t) =>
      assert.ok(Math.abs(each - together[1]!.perToken[t]!) < 1e-5, `token ${t}`)
    );
  });
}
