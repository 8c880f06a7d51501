import assert from "node:assert/strict";
import { AbacusError } from "../../../src/errors.ts";
import type { CompletionText } from "../../../src/ppo/rollout/policy_text.ts";
import type { Reward, RewardSource } from "../../../src/ppo/rollout/reward_source.ts";
import { collectRollouts } from "../../../src/ppo/rollout/rollout.ts";
import { assertRowsNear, openPolicy, stream } from "../golden_policy.ts";
import { requests } from "../made_up_minibatch.ts";

/** Rewards the i-th token of a text with i. */
function rewardOf({ spans }: CompletionText, i: number): Reward {
  const perToken = Float64Array.from(spans, (_, token) => token);
  return { score: perToken.reduce((a, b) => a + b, 0), perToken, responseMass: (i + 1) / 10 };
}

/** Records its requests. */
function recordedRewards() {
  const requested: { texts: readonly CompletionText[]; signal: AbortSignal | undefined }[] = [];
  const rewards: RewardSource = {
    model: "counts",
    fetchRewards(texts, signal) {
      requested.push({ texts, signal });
      return Promise.resolve(texts.map(rewardOf));
    },
  };
  return { requested, rewards };
}

const byServer = { method: "abc", beta: 0.8 } as const;
const byPolicy = { method: "abcd", beta: 0.8 } as const;

Deno.test("a rollout has a text, a score and a number of each kind for every token", async () => {
  await using open = await openPolicy("llama");
  const { engine, policy: { text } } = open;
  const { requested, rewards } = recordedRewards();
  const { signal } = new AbortController();
  const sources = { engine, text, rewards, credit: byServer, signal };
  const { rollouts, sampleMs, rewardMs } = await collectRollouts(requests, sources, stream(5));
  assert.equal(rollouts.length, requests.length);
  assert.deepEqual(requested.map((each) => each.texts), [rollouts.map((each) => each.text)]);
  assert.equal(requested[0]!.signal, signal);
  assert.ok(sampleMs > 0 && rewardMs >= 0);
  for (const [i, each] of rollouts.entries()) {
    assert.deepEqual([...each.ids.subarray(0, each.promptLength)], [...requests[i]!.prompt]);
    const tokens = each.ids.length - each.promptLength;
    const { score, perToken, responseMass } = rewardOf(each.text, i);
    assert.deepEqual([each.score, each.credit, each.responseMass], [score, perToken, responseMass]);
    const { logProbs, oldLogProbs, referenceLogProbs, values, text: { spans, pieces } } = each;
    for (const row of [logProbs, oldLogProbs, referenceLogProbs, values, spans, pieces]) {
      assert.equal(row!.length, tokens);
    }
  }
});

Deno.test("old log-probabilities match those of sampling, and the reference has its own", async () => {
  await using open = await openPolicy("gpt2");
  const { engine, policy: { text }, start } = open;
  const other = start.parameters.map((each, i) => each + 0.05 * Math.sin(i));
  await engine.setState({ ...start, parameters: other });
  const sources = { engine, text, rewards: recordedRewards().rewards, credit: byServer };
  const { rollouts } = await collectRollouts(requests, sources, stream(6));
  const rows = (of: "logProbs" | "oldLogProbs" | "referenceLogProbs") => rollouts.map((r) => r[of]);
  assertRowsNear(rows("oldLogProbs"), rows("logProbs"), { tolerance: 1e-4, what: "sampled by" });
  const gaps = rollouts.flatMap(({ oldLogProbs, referenceLogProbs }) =>
    [...oldLogProbs].map((p, t) => Math.abs(p - referenceLogProbs[t]!))
  );
  assert.ok(Math.max(...gaps) > 0.01, "another policy has other numbers");
});

Deno.test("with credit by the policy's own attention, the server's token rewards are not used", async () => {
  await using open = await openPolicy("llama");
  const { engine, policy: { text } } = open;
  const sources = { engine, text, rewards: recordedRewards().rewards, credit: byPolicy };
  const { rollouts } = await collectRollouts(requests, sources, stream(5));
  const long = rollouts.filter(({ credit }) => credit.length > 2);
  assert.ok(long.length > 0);
  for (const { score, credit, text: written } of rollouts) {
    assert.equal(credit.length, written.spans.length);
    assert.ok(Math.abs(credit.reduce((a, b) => a + b, 0) - score) < 1e-9);
  }
  for (const { score, credit } of long) {
    assert.ok(credit.every((each) => each > 0), "attention is never 0");
    assert.ok(credit.at(-1)! > 0.2 * score, "the last token also has the part that is not spread");
  }
});

Deno.test("what was given as a prompt goes with its completion", async () => {
  await using open = await openPolicy("llama");
  const { engine, policy: { text } } = open;
  const { requested, rewards } = recordedRewards();
  const given = { messages: [{ role: "user", content: "Hi" }] };
  const asked = requests.map((request, i) => i === 1 ? { ...request, given } : request);
  const sources = { engine, text, rewards, credit: byServer };
  await collectRollouts(asked, sources, stream(5));
  assert.deepEqual(
    requested[0]!.texts.map((each) => each.given),
    asked.map((_, i) => i === 1 ? given : undefined),
  );
});

Deno.test("an error of the reward source is passed on", async () => {
  await using open = await openPolicy("llama");
  const { engine, policy: { text } } = open;
  const failure = new AbacusError("training_failed", "Cannot get rewards");
  const rewards = { model: "none", fetchRewards: () => Promise.reject(failure) };
  const sources = { engine, text, rewards, credit: byServer };
  await assert.rejects(collectRollouts(requests, sources, stream(5)), failure);
});
