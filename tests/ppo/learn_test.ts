import assert from "node:assert/strict";
import { assess, learn } from "../../src/ppo/learn.ts";
import type {
  Minibatch,
  PolicyEngine,
  UpdateOptions,
  UpdateStats,
} from "../../src/ppo/graphs/policy_engine.ts";
import type { Rollout } from "../../src/ppo/rollout/rollout.ts";
import type { TrainingSettings } from "../../src/ppo/settings.ts";
import { assertRowsNear, stream } from "./golden_policy.ts";
import { tinySettings } from "./tiny_run.ts";

const row = (...numbers: number[]) => Float64Array.from(numbers);

type Given = Pick<Rollout, "credit" | "oldLogProbs" | "referenceLogProbs" | "values">;

function rollout(given: Given, mark = 0): Rollout {
  return {
    ids: Int32Array.from([mark, ...given.values]),
    promptLength: 1,
    ended: false,
    minLength: 0,
    logProbs: given.oldLogProbs,
    text: { prompt: "", completion: "", spans: [], pieces: [] },
    score: 0,
    responseMass: 1,
    ...given,
  };
}

/** Two completions, of two tokens and of one. */
const rollouts = [
  rollout({
    credit: row(1, 2),
    oldLogProbs: row(-1, -2),
    referenceLogProbs: row(-1.5, -1),
    values: row(0.5, 1),
  }),
  rollout({
    credit: row(-3),
    oldLogProbs: row(-1),
    referenceLogProbs: row(-1),
    values: row(0),
  }),
];

const settings: TrainingSettings = { ...tinySettings, gamma: 0.5, lambda: 0.5, stopKl: Infinity };

Deno.test("what is paid, the advantages and the returns are those that one counts by hand", () => {
  const found = assess(rollouts, settings, 0.1);
  const near = (rows: readonly ArrayLike<number>[], expected: number[][], what: string) =>
    assertRowsNear(rows, expected, { tolerance: 1e-12, what });
  near(found.kl, [[0.5, -1], [0]], "k1");
  near(found.rewards, [[0.95, 2.1], [-3]], "credit less 0.1 times k1");
  // delta: 0.95 + 0.5 * 1 - 0.5 = 0.95, 2.1 - 1 = 1.1; advantage: 0.95 + 0.25 * 1.1, 1.1
  near(found.advantages, [[1.225, 1.1], [-3]], "advantages");
  near(found.returns, [[1.725, 2.1], [-3]], "advantages plus values");
});

Deno.test("another estimator changes what is paid, and the KL that is shown stays k1", () => {
  const kl = { ...settings.kl, estimator: "k2" } as const;
  const found = assess(rollouts, { ...settings, kl }, 0.1);
  assertRowsNear(found.kl, [[0.5, -1], [0]], { tolerance: 1e-12, what: "k1" });
  assertRowsNear(found.rewards, [[1 - 0.0125, 2 - 0.05], [-3]], { tolerance: 1e-12, what: "paid" });
});

Deno.test("rewards that are whitened are learnt from, and shown as they were paid", () => {
  const plain = assess(rollouts, settings, 0.1);
  const whitened = assess(rollouts, { ...settings, whitenRewards: true }, 0.1);
  assert.deepEqual(whitened.rewards, plain.rewards);
  // The last token's advantage is its reward less its value: mean 1/60 stays, variance becomes 1.
  const paid = [0.95, 2.1, -3];
  const mean = paid.reduce((a, b) => a + b) / 3;
  const variance = paid.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 2;
  const expected = (-3 - mean) / Math.sqrt(variance) + mean;
  assert.ok(Math.abs(whitened.advantages[1]![0]! - expected) < 1e-7);
});

/** An engine that keeps what it was told, and says the given numbers. */
function listener(told: (count: number) => Partial<UpdateStats> = () => ({})) {
  const lessons: ({ minibatch: Minibatch } & UpdateOptions)[] = [];
  const update = (minibatch: Minibatch, task: UpdateOptions) => {
    const { count } = task;
    lessons.push({ minibatch, ...task });
    const stats = { loss: 0, approx_kl: 0, gradient_norm: 1, learning_rate: 1, ...told(count) };
    return Promise.resolve(stats as UpdateStats);
  };
  return { lessons, engine: { update } as unknown as PolicyEngine };
}

const five = Array.from({ length: 5 }, (_, mark) =>
  rollout({
    credit: row(mark, mark),
    oldLogProbs: row(-mark, -1),
    referenceLogProbs: row(-mark, -1),
    values: row(mark, mark),
  }, mark));

function task(some: Partial<TrainingSettings> = {}, step = 1) {
  const all = { ...settings, epochs: 3, minibatches: 2, ...some };
  const assessment = assess(five, all, 0);
  return { settings: all, assessment, step, updatesBefore: 10, random: stream(step) };
}

Deno.test("every epoch goes once through all rollouts, in an order of its own, with their own rows", async () => {
  const { lessons, engine } = listener();
  const given = task();
  const { stats, earlyStopped } = await learn(engine, five, given);
  assert.deepEqual([stats.length, earlyStopped], [6, false]);
  assert.deepEqual(lessons.map(({ count }) => count), [11, 12, 13, 14, 15, 16]);
  const marks = lessons.map(({ minibatch }) => minibatch.sequences.map(({ ids }) => ids[0]!));
  assert.deepEqual(marks.map(({ length }) => length), [3, 2, 3, 2, 3, 2]);
  for (const epoch of [0, 2, 4]) {
    const seen = [...marks[epoch]!, ...marks[epoch + 1]!];
    assert.deepEqual(seen.toSorted(), [0, 1, 2, 3, 4]);
  }
  assert.ok(new Set(marks.map(String)).size > 2);
  for (const { minibatch } of lessons) {
    minibatch.sequences.forEach(({ ids }, i) => {
      const mark = ids[0]!;
      assert.equal(minibatch.logProbs[i], five[mark]!.oldLogProbs);
      assert.equal(minibatch.values[i], five[mark]!.values);
      assert.equal(minibatch.returns[i], given.assessment.returns[mark]);
    });
  }
});

Deno.test("advantages are whitened over the whole step, not over a minibatch", async () => {
  const { lessons, engine } = listener();
  await learn(engine, five, task({ epochs: 1 }));
  const all = lessons.flatMap(({ minibatch }) => minibatch.advantages.flatMap((each) => [...each]));
  const mean = all.reduce((a, b) => a + b) / all.length;
  const variance = all.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (all.length - 1);
  assert.ok(Math.abs(mean) < 1e-12 && Math.abs(variance - 1) < 1e-6, `${mean}, ${variance}`);
  const [first] = lessons;
  const part = first!.minibatch.advantages.flatMap((each) => [...each]);
  assert.ok(Math.abs(part.reduce((a, b) => a + b)) > 1e-3, "a part has a mean of its own");
});

Deno.test("the critic alone learns in the first steps, if so many are asked for", async () => {
  for (const [step, expected] of [[2, true], [3, false]] as const) {
    const { lessons, engine } = listener();
    await learn(engine, five, task({ valueWarmUpSteps: 2 }, step));
    assert.ok(lessons.every(({ criticOnly }) => criticOnly === expected));
  }
});

Deno.test("the policy's updates are counted from where it begins to learn", async () => {
  const counts = async (valueWarmUpSteps: number) => {
    const { lessons, engine } = listener();
    const given = task({ valueWarmUpSteps, epochs: 2, minibatches: 2 }, 3);
    await learn(engine, five, { ...given, updatesBefore: 8 });
    return lessons.map(({ count, policyCount }) => [count, policyCount]);
  };
  assert.deepEqual(await counts(0), [[9, 9], [10, 10], [11, 11], [12, 12]]);
  assert.deepEqual(await counts(2), [[9, 1], [10, 2], [11, 3], [12, 4]]);
  assert.deepEqual(await counts(1), [[9, 5], [10, 6], [11, 7], [12, 8]]);
});

Deno.test("no update of the critic alone ends a step: it moves no policy", async () => {
  const { engine } = listener(() => ({ approx_kl: 1e-7 }));
  const given = task({ stopKl: 1e-9, valueWarmUpSteps: 1, epochs: 2, minibatches: 2 });
  const { stats, earlyStopped } = await learn(engine, five, given);
  assert.deepEqual([stats.length, earlyStopped], [4, false]);
});

Deno.test("a step ends with the update that moved the policy too far", async () => {
  const { lessons, engine } = listener((count) => ({ approx_kl: count === 13 ? 0.2 : 0.1 }));
  const { stats, earlyStopped } = await learn(engine, five, task({ stopKl: 0.1 }));
  assert.deepEqual([stats.length, earlyStopped, lessons.length], [3, true, 3]);
});

Deno.test("a number that is none ends the run, with its name and the step", async () => {
  for (const [name, value] of [["gradient_norm", NaN], ["loss", Infinity]] as const) {
    const { lessons, engine } = listener((count) => count === 12 ? { [name]: value } : {});
    await assert.rejects(learn(engine, five, task({}, 4)), {
      kind: "training_failed",
      message: `Cannot go on from step 4 as ${name} is not finite: received ${value}`,
    });
    assert.equal(lessons.length, 2);
  }
});
