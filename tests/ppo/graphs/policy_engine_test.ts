import assert from "node:assert/strict";
import type { Minibatch, PolicyEngine } from "../../../src/ppo/graphs/policy_engine.ts";
import { probe, testOnGpus } from "../../support/gpus.ts";
import { alteredPolicy } from "../altered_policy.ts";
import { readWhole } from "../../../src/ppo/graphs/vector_reader.ts";
import { assertRowsNear, openPolicy, stream } from "../golden_policy.ts";
import { minibatchFrom, requests } from "../made_up_minibatch.ts";

const policy = { whose: "policy" } as const;

/** Samples, evaluates and trains a few times, and returns all results. */
async function trained(engine: PolicyEngine, counts: readonly number[]) {
  const results = [];
  for (const count of counts) {
    const completions = await engine.sample(requests, stream(count));
    const evaluation = await engine.evaluate(completions, policy);
    const minibatch = minibatchFrom(completions, evaluation);
    results.push({ completions, evaluation, stats: await engine.update(minibatch, { count }) });
  }
  return { results, state: await engine.state() };
}

Deno.test("a state is read back as it was set, and both are copies", async () => {
  await using open = await openPolicy("llama");
  const { engine, start } = open;
  const given = {
    parameters: start.parameters.slice(),
    first: start.parameters.map((each) => each / 3),
    second: start.parameters.map((each) => each * each),
  };
  const kept = structuredClone(given);
  await engine.setState(given);
  assert.deepEqual(given, kept, "the given vectors are unchanged");
  given.parameters.fill(0);
  const found = await engine.state();
  assert.deepEqual(found, kept);
  found.first.fill(0);
  assert.deepEqual(await engine.state(), kept);
});

Deno.test("parts of the vectors are those of the state", async () => {
  await using open = await openPolicy("llama");
  const { parameters } = open.start;
  const read = open.engine.vectors();
  const part = { offset: 5, length: parameters.length - 9 };
  assert.deepEqual(await readWhole(read.parameters, part), parameters.slice(5, -4));
  assert.deepEqual(await readWhole(read.second, { offset: 0, length: 3 }), new Float32Array(3));
});

Deno.test("the vectors of a state are requested together, so that no update comes between them", async () => {
  await using open = await openPolicy("llama");
  const { engine, runtime } = open;
  const get = runtime.get.bind(runtime);
  const asked: string[] = [];
  let answered = false;
  runtime.get = async (name) => {
    assert.ok(!answered, `${name} is requested after an answer`);
    asked.push(name);
    const found = await get(name);
    answered = true;
    return found;
  };
  assert.deepEqual(await engine.state(), open.start);
  assert.deepEqual(asked, ["parameters", "first", "second"]);
});

Deno.test("the reference does not change while the policy is trained", async () => {
  await using open = await openPolicy("llama");
  const { engine } = open;
  const completions = await engine.sample(requests, stream(1));
  const before = await engine.evaluate(completions, { whose: "reference" });
  const evaluation = await engine.evaluate(completions, policy);
  assert.deepEqual(before.logProbs, evaluation.logProbs);
  assert.equal(before.values, undefined);
  await engine.update(minibatchFrom(completions, evaluation), { count: 1 });
  assert.deepEqual(await engine.evaluate(completions, { whose: "reference" }), before);
  const after = await engine.evaluate(completions, policy);
  assert.notDeepEqual(after.logProbs, evaluation.logProbs);
  assert.notDeepEqual(after.values, evaluation.values);
});

Deno.test("an update raises good tokens, lowers bad ones and improves values", async () => {
  await using open = await openPolicy("gpt2");
  const { engine } = open;
  const completions = await engine.sample(requests, stream(2));
  const before = await engine.evaluate(completions, policy);
  const minibatch = minibatchFrom(completions, before);
  await engine.update(minibatch, { count: 1 });
  const after = await engine.evaluate(completions, policy);
  const gain = weighted(minibatch.advantages, after.logProbs) -
    weighted(minibatch.advantages, before.logProbs);
  assert.ok(gain > 0.1, `advantage-weighted log-probability rose by ${gain}`);
  const miss = (values: readonly Float64Array[]) =>
    values.reduce((sum, row, i) => {
      return sum + row.reduce((s, value, t) => s + (value - minibatch.returns![i]![t]!) ** 2, 0);
    }, 0);
  // In one update of both the policy's loss outweighs the critic's; alone, the critic improves.
  for (let count = 2; count <= 6; count++) {
    await engine.update(minibatch, { count, criticOnly: true });
  }
  const later = await engine.evaluate(completions, policy);
  assert.ok(miss(later.values as Float64Array[]) < miss(after.values as Float64Array[]));
});

function weighted(weights: Minibatch["advantages"], rows: Minibatch["logProbs"]): number {
  return rows.reduce((sum, row, i) => sum + row.reduce((s, x, t) => s + x * weights[i]![t]!, 0), 0);
}

Deno.test("the same run is the same bit for bit, on one thread and on two", async () => {
  const run = async (threads: number) => {
    await using open = await openPolicy("llama", { threads, critic: "separate" });
    return await trained(open.engine, [1, 2, 3]);
  };
  const [one, again, two] = [await run(1), await run(1), await run(2)];
  assert.deepEqual(again, one);
  assert.deepEqual(two, one);
  assert.ok(one.results.every(({ stats }) => Object.values(stats).every(Number.isFinite)));
});

Deno.test("a run resumed from a saved state equals the uninterrupted run", async () => {
  const whole = await (async () => {
    await using open = await openPolicy("gpt2");
    return await trained(open.engine, [1, 2, 3, 4]);
  })();
  const saved = await (async () => {
    await using open = await openPolicy("gpt2");
    return (await trained(open.engine, [1, 2])).state;
  })();
  await using open = await openPolicy("gpt2");
  await open.engine.setState(saved);
  const rest = await trained(open.engine, [3, 4]);
  assert.deepEqual(rest.results, whole.results.slice(2));
  assert.deepEqual(rest.state, whole.state);
});

Deno.test("an update does not depend on the size that its batch is padded to", async () => {
  const states = [];
  for (const minibatch of [4, 7]) {
    await using open = await openPolicy("llama", { minibatch });
    states.push((await trained(open.engine, [1])).state.parameters);
  }
  // At a learning rate of 0.01; sums in another order differ in their last bits.
  assertRowsNear([states[0]!], [states[1]!], { tolerance: 2e-6, what: "parameters" });
});

Deno.test("a sequence may fill the model's context, whatever its length is rounded up to", async () => {
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

Deno.test("more shapes than the cache holds cost time, not correctness", async () => {
  await using open = await openPolicy("gpt2", { minibatch: 1 });
  const sequences = Array.from({ length: 10 }, (_, i) => ({
    ids: Int32Array.from({ length: 8 * i + 3 > 60 ? 60 : 8 * i + 3 }, (_, t) => (7 * t + i) % 96),
    promptLength: 1 + i % 2,
  }));
  const first = await open.engine.evaluate(sequences, policy);
  assert.deepEqual(await open.engine.evaluate(sequences, policy), first);
  assert.equal(first.logProbs.length, sequences.length);
  // As a rollout does: concurrent evaluations must not close each other's sessions.
  const [again, reference] = await Promise.all([
    open.engine.evaluate(sequences, policy),
    open.engine.evaluate(sequences, { whose: "reference" }),
  ]);
  assert.deepEqual(again, first);
  assert.deepEqual(reference.logProbs, first.logProbs);
});

Deno.test("a policy whose outputs are not finite is a model_failure", async () => {
  await using open = await openPolicy("llama");
  const { engine, start } = open;
  await engine.setState({ ...start, parameters: start.parameters.map(() => NaN) });
  const sequences = [{ ids: Int32Array.of(1, 2, 3), promptLength: 1 }];
  const failure = { kind: "model_failure", message: /is not finite: received NaN$/ };
  await assert.rejects(engine.evaluate(sequences, policy), failure);
  await assert.rejects(engine.sample(requests, stream(1)), failure);
});

testOnGpus("samples and trains with the CPU's numbers", async (gpu) => {
  const [found] = await probe(gpu, { path: "../gpu_probe.ts", base: import.meta.url });
  const { device, sameTokens, logProbs, stats, parameters } = found;
  assert.equal(device, gpu.device);
  assert.ok(sameTokens, "one seed draws the same tokens on any device");
  assert.ok(logProbs < 1e-4, `log-probabilities differ by ${logProbs}`);
  assert.ok(stats < 1e-4, `losses differ by ${stats}`);
  assert.ok(parameters < 1e-4, `parameters differ by ${parameters}`);
});
