import assert from "node:assert/strict";
import fc from "fast-check";
import type {
  Minibatch,
  PolicyEngine,
  UpdateOptions,
  UpdateStats,
} from "../../src/ppo/graphs/policy_engine.ts";
import { computeAdvantages, type Trajectory } from "../../src/ppo/math/advantages.ts";
import type { Rollout } from "../../src/ppo/rollout/rollout.ts";
import type { TrainingSettings } from "../../src/ppo/settings.ts";
import { runUpdates, shuffledMinibatches } from "../../src/ppo/update.ts";
import { stream } from "./golden_policy.ts";
import { tinySettings } from "./tiny_run.ts";

const row = (...numbers: number[]) => Float64Array.from(numbers);

/** A completion whose prompt is its mark. */
function rollout(given: Trajectory, mark: number): Rollout {
  return {
    ids: Int32Array.from([mark, ...given.values!]),
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

/** An engine that records its calls, and returns the given stats. */
function recorder(statsOf: (count: number) => Partial<UpdateStats> = () => ({})) {
  const calls: ({ minibatch: Minibatch } & UpdateOptions)[] = [];
  const update = (minibatch: Minibatch, options: UpdateOptions) => {
    const { count } = options;
    calls.push({ minibatch, ...options });
    const stats = { loss: 0, approx_kl: 0, gradient_norm: 1, learning_rate: 1, ...statsOf(count) };
    return Promise.resolve(stats as UpdateStats);
  };
  return { calls, engine: { update } as unknown as PolicyEngine };
}

const five = Array.from({ length: 5 }, (_, mark) =>
  rollout({
    credit: row(mark, mark),
    oldLogProbs: row(-mark, -1),
    referenceLogProbs: row(-mark, -1),
    values: row(mark, mark),
  }, mark));

function phase(some: Partial<TrainingSettings> = {}, step = 1) {
  const settings = { ...tinySettings, gamma: 0.5, lambda: 0.5, epochs: 3, minibatches: 2, ...some };
  const advantages = computeAdvantages(five, settings, 0);
  const at = { step, updatesBefore: 10, klCoefficient: 0.25, random: stream(step) };
  return { settings, rollouts: five, advantages, ...at };
}

Deno.test("every epoch uses all rollouts once, in a new order, each with its own rows", async () => {
  const { calls, engine } = recorder();
  const given = phase();
  const { stats, earlyStopped } = await runUpdates(engine, given);
  assert.deepEqual([stats.length, earlyStopped], [6, false]);
  assert.deepEqual(calls.map(({ count }) => count), [11, 12, 13, 14, 15, 16]);
  const marks = calls.map(({ minibatch }) => minibatch.sequences.map(({ ids }) => ids[0]!));
  assert.deepEqual(marks.map(({ length }) => length), [3, 2, 3, 2, 3, 2]);
  for (const epoch of [0, 2, 4]) {
    const seen = [...marks[epoch]!, ...marks[epoch + 1]!];
    assert.deepEqual(seen.toSorted(), [0, 1, 2, 3, 4]);
  }
  assert.ok(new Set(marks.map(String)).size > 2);
  for (const { minibatch } of calls) {
    minibatch.sequences.forEach(({ ids }, i) => {
      const mark = ids[0]!;
      assert.equal(minibatch.logProbs[i], five[mark]!.oldLogProbs);
      assert.equal(minibatch.referenceLogProbs![i], five[mark]!.referenceLogProbs);
      assert.equal(minibatch.values![i], five[mark]!.values);
      assert.equal(minibatch.returns![i], given.advantages.returns![mark]);
    });
  }
});

Deno.test("advantages are whitened over the whole step, not over a minibatch", async () => {
  const { calls, engine } = recorder();
  await runUpdates(engine, phase({ epochs: 1 }));
  const all = calls.flatMap(({ minibatch }) => minibatch.advantages.flatMap((each) => [...each]));
  const mean = all.reduce((a, b) => a + b) / all.length;
  const variance = all.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (all.length - 1);
  assert.ok(Math.abs(mean) < 1e-12 && Math.abs(variance - 1) < 1e-6, `${mean}, ${variance}`);
  const [first] = calls;
  const part = first!.minibatch.advantages.flatMap((each) => [...each]);
  assert.ok(Math.abs(part.reduce((a, b) => a + b)) > 1e-3, "a minibatch has a mean of its own");
});

Deno.test("the critic alone is trained during warm-up steps", async () => {
  for (const [step, expected] of [[2, true], [3, false]] as const) {
    const { calls, engine } = recorder();
    await runUpdates(engine, phase({ valueWarmUpSteps: 2 }, step));
    assert.ok(calls.every(({ criticOnly }) => criticOnly === expected));
  }
});

Deno.test("the policy's updates are counted from the end of the warm-up", async () => {
  const counts = async (valueWarmUpSteps: number) => {
    const { calls, engine } = recorder();
    const given = phase({ valueWarmUpSteps, epochs: 2, minibatches: 2 }, 3);
    await runUpdates(engine, { ...given, updatesBefore: 8 });
    return calls.map(({ count, policyCount }) => [count, policyCount]);
  };
  assert.deepEqual(await counts(0), [[9, 9], [10, 10], [11, 11], [12, 12]]);
  assert.deepEqual(await counts(2), [[9, 1], [10, 2], [11, 3], [12, 4]]);
  assert.deepEqual(await counts(1), [[9, 5], [10, 6], [11, 7], [12, 8]]);
});

Deno.test("updates of the critic alone never stop early, as they do not move the policy", async () => {
  const { engine } = recorder(() => ({ approx_kl: 1e-7 }));
  const given = phase({ stopKl: 1e-9, valueWarmUpSteps: 1, epochs: 2, minibatches: 2 });
  const { stats, earlyStopped } = await runUpdates(engine, given);
  assert.deepEqual([stats.length, earlyStopped], [4, false]);
});

Deno.test("a step stops after the first update whose KL exceeds the limit", async () => {
  const { calls, engine } = recorder((count) => ({ approx_kl: count === 13 ? 0.2 : 0.1 }));
  const { stats, earlyStopped } = await runUpdates(engine, phase({ stopKl: 0.1 }));
  assert.deepEqual([stats.length, earlyStopped, calls.length], [3, true, 3]);
});

Deno.test("a limit that the last update of a step exceeds skips nothing", async () => {
  const { calls, engine } = recorder((count) => ({ approx_kl: count === 16 ? 0.2 : 0.1 }));
  const { stats, earlyStopped } = await runUpdates(engine, phase({ stopKl: 0.1 }));
  assert.deepEqual([stats.length, earlyStopped, calls.length], [6, false, 6]);
});

Deno.test("a metric that is not finite ends the run, naming it and the step", async () => {
  for (const [name, value] of [["gradient_norm", NaN], ["loss", Infinity]] as const) {
    const { calls, engine } = recorder((count) => count === 12 ? { [name]: value } : {});
    await assert.rejects(runUpdates(engine, phase({}, 4)), {
      kind: "training_failed",
      message: `Cannot continue from step 4 as ${name} is not finite: received ${value}`,
    });
    assert.equal(calls.length, 2);
  }
});

const cut = fc.integer({ min: 1, max: 200 })
  .chain((count) =>
    fc.record({ count: fc.constant(count), parts: fc.integer({ min: 1, max: count }) })
  );

Deno.test("every index is in exactly one minibatch", () => {
  fc.assert(fc.property(cut, fc.integer(), ({ count, parts }, seed) => {
    const found = shuffledMinibatches(stream(seed), { count, parts });
    assert.equal(found.length, parts);
    const indices = found.flat().toSorted((a, b) => a - b);
    assert.deepEqual(indices, Array.from({ length: count }, (_, index) => index));
  }));
});

Deno.test("sizes of minibatches differ by at most one, the larger ones first", () => {
  fc.assert(fc.property(cut, ({ count, parts }) => {
    const sizes = shuffledMinibatches(stream(0), { count, parts }).map(({ length }) => length);
    assert.ok(sizes[0]! - sizes.at(-1)! <= 1 && sizes.at(-1)! > 0);
    assert.deepEqual(sizes, sizes.toSorted((a, b) => b - a));
  }));
  const sizes = (parts: number) =>
    shuffledMinibatches(stream(0), { count: 14, parts }).map(({ length }) => length);
  assert.deepEqual(sizes(4), [4, 4, 3, 3]);
  assert.deepEqual(sizes(7), [2, 2, 2, 2, 2, 2, 2]);
});

Deno.test("the next epoch is shuffled differently, and the same stream in the same way", () => {
  const random = stream(0);
  const [first, second] = [1, 2].map(() => shuffledMinibatches(random, { count: 32, parts: 4 }));
  assert.notDeepEqual(first, second);
  assert.deepEqual(shuffledMinibatches(stream(0), { count: 32, parts: 4 }), first);
});

Deno.test("an index can be in any minibatch", () => {
  const random = stream(0);
  const places = new Set<number>();
  for (let epoch = 0; epoch < 100; epoch++) {
    const parts = shuffledMinibatches(random, { count: 8, parts: 4 });
    places.add(parts.findIndex((part) => part.includes(0)));
  }
  assert.deepEqual([...places].toSorted(), [0, 1, 2, 3]);
});

Deno.test("an empty minibatch is an error", () => {
  for (
    const [count, parts] of [[3, 4], [0, 1], [3, 0], [3, -1], [3, 1.5], [2.5, 1], [3, NaN]] as const
  ) assert.throws(() => shuffledMinibatches(stream(0), { count, parts }), RangeError);
});
