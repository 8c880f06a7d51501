import assert from "node:assert/strict";
import type { Lesson, PolicyEngine } from "../../../src/ppo/graphs/policy_engine.ts";
import { probe, testOnGpus } from "../../support/gpus.ts";
import { alteredPolicy } from "../altered_policy.ts";
import { assertRowsNear, openPolicy, stream } from "../golden_policy.ts";
import { lessonFrom, requests } from "../lessons.ts";

const policy = { whose: "policy" } as const;

/** Samples, reads and learns a few times, and tells all that came of it. */
async function played(engine: PolicyEngine, counts: readonly number[]) {
  const told = [];
  for (const count of counts) {
    const completions = await engine.sample(requests, stream(count));
    const evaluation = await engine.evaluate(completions, policy);
    const lesson = lessonFrom(completions, evaluation);
    told.push({ completions, evaluation, stats: await engine.update(lesson, { count }) });
  }
  return { told, state: await engine.state() };
}

Deno.test("a state comes back as it was put, and neither is a view of the other", async () => {
  await using open = await openPolicy("llama");
  const { engine, start } = open;
  const given = {
    parameters: start.parameters.slice(),
    first: start.parameters.map((each) => each / 3),
    second: start.parameters.map((each) => each * each),
  };
  const kept = structuredClone(given);
  await engine.setState(given);
  assert.deepEqual(given, kept, "what was put is still there");
  given.parameters.fill(0);
  const found = await engine.state();
  assert.deepEqual(found, kept);
  found.first.fill(0);
  assert.deepEqual(await engine.state(), kept);
});

Deno.test("a state is asked for in one go, so that nothing comes between its vectors", async () => {
  await using open = await openPolicy("llama");
  const { engine, runtime } = open;
  const get = runtime.get.bind(runtime);
  const asked: string[] = [];
  let answered = false;
  runtime.get = async (name) => {
    assert.ok(!answered, `${name} is asked for after an answer`);
    asked.push(name);
    const found = await get(name);
    answered = true;
    return found;
  };
  assert.deepEqual(await engine.state(), open.start);
  assert.deepEqual(asked, ["parameters", "first", "second"]);
});

Deno.test("the reference stays while the policy learns", async () => {
  await using open = await openPolicy("llama");
  const { engine } = open;
  const completions = await engine.sample(requests, stream(1));
  const before = await engine.evaluate(completions, { whose: "reference" });
  const evaluation = await engine.evaluate(completions, policy);
  assert.deepEqual(before.logProbs, evaluation.logProbs);
  assert.equal(before.values, undefined);
  await engine.update(lessonFrom(completions, evaluation), { count: 1 });
  assert.deepEqual(await engine.evaluate(completions, { whose: "reference" }), before);
  const after = await engine.evaluate(completions, policy);
  assert.notDeepEqual(after.logProbs, evaluation.logProbs);
  assert.notDeepEqual(after.values, evaluation.values);
});

Deno.test("an update makes good tokens likelier, bad ones rarer, and values truer", async () => {
  await using open = await openPolicy("gpt2");
  const { engine } = open;
  const completions = await engine.sample(requests, stream(2));
  const before = await engine.evaluate(completions, policy);
  const lesson = lessonFrom(completions, before);
  await engine.update(lesson, { count: 1 });
  const after = await engine.evaluate(completions, policy);
  const gain = weighted(lesson.advantages, after.logProbs) -
    weighted(lesson.advantages, before.logProbs);
  assert.ok(gain > 0.1, `advantage-weighted log-probability rose by ${gain}`);
  const miss = (values: readonly Float64Array[]) =>
    values.reduce((sum, row, i) => {
      return sum + row.reduce((s, value, t) => s + (value - lesson.returns[i]![t]!) ** 2, 0);
    }, 0);
  // The policy's part outweighs the critic's in one update of both; left alone, the critic comes closer.
  for (let count = 2; count <= 6; count++) await engine.update(lesson, { count, criticOnly: true });
  const later = await engine.evaluate(completions, policy);
  assert.ok(miss(later.values as Float64Array[]) < miss(after.values as Float64Array[]));
});

function weighted(weights: Lesson["advantages"], rows: Lesson["logProbs"]): number {
  return rows.reduce((sum, row, i) => sum + row.reduce((s, x, t) => s + x * weights[i]![t]!, 0), 0);
}

Deno.test("the same run again is the same bit for bit, on one thread and on two", async () => {
  const run = async (threads: number) => {
    await using open = await openPolicy("llama", { threads, critic: "separate" });
    return await played(open.engine, [1, 2, 3]);
  };
  const [one, again, two] = [await run(1), await run(1), await run(2)];
  assert.deepEqual(again, one);
  assert.deepEqual(two, one);
  assert.ok(one.told.every(({ stats }) => Object.values(stats).every(Number.isFinite)));
});

Deno.test("a run that goes on from a saved state is the run that was not interrupted", async () => {
  const whole = await (async () => {
    await using open = await openPolicy("gpt2");
    return await played(open.engine, [1, 2, 3, 4]);
  })();
  const saved = await (async () => {
    await using open = await openPolicy("gpt2");
    return (await played(open.engine, [1, 2])).state;
  })();
  await using open = await openPolicy("gpt2");
  await open.engine.setState(saved);
  const rest = await played(open.engine, [3, 4]);
  assert.deepEqual(rest.told, whole.told.slice(2));
  assert.deepEqual(rest.state, whole.state);
});

Deno.test("an update does not hang on the size that its batch is filled up to", async () => {
  const states = [];
  for (const minibatch of [4, 7]) {
    await using open = await openPolicy("llama", { minibatch });
    states.push((await played(open.engine, [1])).state.parameters);
  }
  // Of a rate of 0.01: sums in another order differ in their last bits.
  assertRowsNear([states[0]!], [states[1]!], { tolerance: 2e-6, what: "parameters" });
});

Deno.test("a sequence may fill the model's context, whatever its batch is rounded up to", async () => {
  const context = 20;
  await using directory = await alteredPolicy("gpt2", {
    config: { n_positions: context },
    tensors: (tensors) =>
      tensors.map((each) =>
        each.name !== "transformer.wpe.weight" ? each : {
          ...each,
          shape: [context, 16],
          data: Array.from(each.data).slice(0, context * 16),
        }
      ),
  });
  await using open = await openPolicy(directory.path);
  await using whole = await openPolicy("gpt2");
  const ids = Int32Array.from({ length: context }, (_, i) => 3 * i + 1);
  const sequences = [{ ids, promptLength: 4 }];
  const found = await open.engine.evaluate(sequences, policy);
  assert.deepEqual(found, await whole.engine.evaluate(sequences, policy));
});

Deno.test("more shapes than are kept open cost time, not correctness", async () => {
  await using open = await openPolicy("gpt2", { minibatch: 1 });
  const sequences = Array.from({ length: 10 }, (_, i) => ({
    ids: Int32Array.from({ length: 8 * i + 3 > 60 ? 60 : 8 * i + 3 }, (_, t) => (7 * t + i) % 96),
    promptLength: 1 + i % 2,
  }));
  const first = await open.engine.evaluate(sequences, policy);
  assert.deepEqual(await open.engine.evaluate(sequences, policy), first);
  assert.equal(first.logProbs.length, sequences.length);
  // As a rollout does: the shapes of one evaluation must not cost the other its own.
  const [again, reference] = await Promise.all([
    open.engine.evaluate(sequences, policy),
    open.engine.evaluate(sequences, { whose: "reference" }),
  ]);
  assert.deepEqual(again, first);
  assert.deepEqual(reference.logProbs, first.logProbs);
});

Deno.test("a policy that says nothing finite is an error of its own kind", async () => {
  await using open = await openPolicy("llama");
  const { engine, start } = open;
  await engine.setState({ ...start, parameters: start.parameters.map(() => NaN) });
  const sequences = [{ ids: Int32Array.of(1, 2, 3), promptLength: 1 }];
  const failure = { kind: "model_failure", message: /is not finite: received NaN$/ };
  await assert.rejects(engine.evaluate(sequences, policy), failure);
  await assert.rejects(engine.sample(requests, stream(1)), failure);
});

testOnGpus("writes and learns with the CPU's numbers", async (gpu) => {
  const [found] = await probe(gpu, { path: "../gpu_probe.ts", base: import.meta.url });
  const { device, sameTokens, logProbs, stats, parameters } = found;
  assert.equal(device, gpu.device);
  assert.ok(sameTokens, "one seed draws the same tokens on any device");
  assert.ok(logProbs < 1e-4, `log-probabilities differ by ${logProbs}`);
  assert.ok(stats < 1e-4, `losses differ by ${stats}`);
  assert.ok(parameters < 1e-4, `parameters differ by ${parameters}`);
});
