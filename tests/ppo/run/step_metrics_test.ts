import assert from "node:assert/strict";
import { glossary } from "../../../src/ppo/run/metrics.ts";
import type { UpdateStats } from "../../../src/ppo/graphs/policy_engine.ts";
import type { Rollout } from "../../../src/ppo/rollout/rollout.ts";
import { stepMetrics, type StepRecord } from "../../../src/ppo/run/step_metrics.ts";

const row = (...numbers: number[]) => Float64Array.from(numbers);

/** A completion after a prompt of two tokens. */
function rollout(rest: Pick<Rollout, "score" | "ended" | "responseMass" | "values">): Rollout {
  const tokens = rest.values!.length;
  const zeros = new Float64Array(tokens);
  return {
    ids: new Int32Array(2 + tokens),
    minLength: 0,
    promptLength: 2,
    logProbs: zeros,
    text: { prompt: "", completion: "", spans: [], pieces: [] },
    credit: zeros,
    oldLogProbs: zeros,
    referenceLogProbs: zeros,
    ...rest,
  };
}

function stats(all: number, learningRate: number): UpdateStats {
  return {
    loss: all,
    policy_loss: all,
    value_loss: 2 * all,
    entropy: 3 * all,
    approx_kl: 4 * all,
    clip_fraction: 5 * all,
    value_clip_fraction: 6 * all,
    gradient_norm: 7 * all,
    learning_rate: learningRate,
  };
}

const record: StepRecord = {
  step: 5,
  rollouts: [
    rollout({ score: 1, ended: true, responseMass: 0.5, values: row(1, 2, 3) }),
    rollout({ score: 4, ended: false, responseMass: 0.25, values: row(4) }),
  ],
  advantages: {
    kl: [row(0.5, 0.25, 0.25), row(2)],
    rewards: [row(1, 1, -3), row(5)],
    advantages: [row(1, 3, 1), row(3)],
    scaled: [row(1, 3, 1), row(3)],
    returns: [row(1, 2, 3), row(4)],
  },
  offsets: [1, 4],
  result: { stats: [stats(1, 0.3), stats(3, 0.1)], earlyStopped: true },
  klCoefficient: 0.2,
  sampleMs: 100,
  rewardMs: 200,
  updateMs: 300,
  stepMs: 2_000,
};

Deno.test("the metrics of a step match the glossary, calculated by hand", () => {
  const line = stepMetrics(record);
  assert.deepEqual(Object.keys(line), ["step", ...Object.keys(glossary)]);
  const expected = {
    step: 5,
    score_mean: 2.5,
    score_std: Math.sqrt(4.5), // unbiased, of 1 and 4
    reward_mean: 4.5, // of sums -1 and 5, and offsets 1 and 4
    kl: 1.5, // of sums 1 and 2
    kl_per_token: 0.75, // 3 over 4 tokens
    kl_coefficient: 0.2,
    policy_loss: 2,
    value_loss: 4,
    entropy: 6,
    approx_kl: 8,
    clip_fraction: 10,
    value_clip_fraction: 12,
    explained_variance: 1, // the values equal the returns
    advantage_std: Math.sqrt(4 / 3), // of 1, 3, 1, 3
    gradient_norm: 14,
    learning_rate: 0.1, // the last one
    length_mean: 2,
    length_std: Math.SQRT2,
    ended_share: 0.5,
    response_mass: 0.375,
    updates: 2,
    early_stopped: 1,
    tokens_per_second: 2, // 4 in 2 s
    step_seconds: 2,
    sample_seconds: 0.1,
    reward_seconds: 0.2,
    update_seconds: 0.3,
  };
  for (const [name, value] of Object.entries(expected)) {
    const found = line[name as keyof typeof line];
    assert.ok(Math.abs(found - value) < 1e-12, `${name}: ${found}, expected ${value}`);
  }
  assert.deepEqual(Object.keys(expected).toSorted(), Object.keys(line).toSorted());
});

Deno.test("reward_mean does not depend on how much of the score the tokens got", () => {
  const [first, second] = record.rollouts as [Rollout, Rollout];
  const paid = [{ ...first, credit: row(0.5, 0.25, 0.25) }, { ...second, credit: row(4) }];
  const { advantages } = record;
  const rewards = advantages.rewards.map((each, i) => each.map((r, t) => r + paid[i]!.credit[t]!));
  const changed = { rollouts: paid, advantages: { ...advantages, rewards }, offsets: [0, 0] };
  const line = stepMetrics({ ...record, ...changed });
  assert.ok(Math.abs(line.reward_mean - stepMetrics(record).reward_mean) < 1e-12);
});

Deno.test("the metrics of one completion of one token are finite", () => {
  const line = stepMetrics({
    ...record,
    rollouts: record.rollouts.slice(1),
    offsets: [4],
    advantages: {
      kl: [row(2)],
      rewards: [row(5)],
      advantages: [row(3)],
      scaled: [row(3)],
      returns: [row(4)],
    },
    result: { stats: [stats(1, 0.1)], earlyStopped: false },
  });
  for (const [name, value] of Object.entries(line)) assert.ok(Number.isFinite(value), name);
  assert.deepEqual([line.score_std, line.length_std, line.early_stopped], [0, 0, 0]);
});

Deno.test("metrics of a critic are NaN where there is none, and all others are numbers", () => {
  const { returns: _, ...advantages } = record.advantages;
  const withoutValues = record.rollouts.map(({ values: _, ...rest }) => rest);
  const found = stepMetrics({
    ...record,
    rollouts: withoutValues,
    advantages,
    result: {
      stats: record.result.stats.map(({ value_loss: _, value_clip_fraction: __, ...rest }) => rest),
      earlyStopped: false,
    },
  });
  const missing = Object.entries(found).filter(([, value]) => Number.isNaN(value));
  assert.deepEqual(missing.map(([name]) => name), [
    "value_loss",
    "value_clip_fraction",
    "explained_variance",
  ]);
});
