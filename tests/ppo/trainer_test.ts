import assert from "node:assert/strict";
import { join } from "node:path";
import { AbacusError } from "../../src/errors.ts";
import type { EngineState } from "../../src/ppo/graphs/policy_engine.ts";
import { nextCoefficient } from "../../src/ppo/math/kl.ts";
import type { Reward, RewardSource } from "../../src/ppo/rollout/reward_source.ts";
import type { MetricsLine } from "../../src/ppo/run/metrics.ts";
import { train } from "../../src/ppo/trainer.ts";
import { totalUpdates, type TrainingSettings } from "../../src/ppo/settings.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";
import {
  checkpointOf,
  rewardsFor,
  tinyRun,
  type TinyRunOptions,
  tinySettings,
} from "./tiny_run.ts";

/** A line without durations. */
function untimed(line: MetricsLine): Record<string, number> {
  return Object.fromEntries(
    Object.entries(line).filter(([name]) => !/second/.test(name)),
  );
}

async function trained(options: TinyRunOptions): Promise<MetricsLine[]> {
  await using tiny = await tinyRun(options);
  await train(tiny.run, tiny.progress);
  return await tiny.run.files.readMetrics();
}

async function bytesOf(directory: string, file: string): Promise<Uint8Array> {
  return await Deno.readFile(join(await checkpointOf(directory), file));
}

Deno.test("a toy task is learned: rewarded tokens are sampled more and more", async () => {
  await using directory = await temporaryDirectory();
  const settings = { steps: 60, batch: 32, adam: constantRate(1e-2) };
  const lines = await trained({ directory: directory.path, settings });
  assert.equal(lines.length, 60);
  const mean = (part: readonly MetricsLine[]) =>
    part.reduce((sum, { score_mean, length_mean }) => sum + score_mean / length_mean, 0) /
    part.length;
  const [before, after] = [mean(lines.slice(0, 5)), mean(lines.slice(-5))];
  assert.ok(before < 0.4, `${before} of the tokens are rewarded at first`);
  assert.ok(after > 0.8, `${after} of the tokens are rewarded at the end, ${before} at first`);
  assert.ok(lines.at(-1)!.kl > 0.5, "and the policy has moved from the reference");
});

const withoutCritic: readonly Partial<TrainingSettings>[] = [
  { algorithm: "rloo", completionsPerPrompt: 4, advantageScale: "none" },
  {
    algorithm: "grpo",
    completionsPerPrompt: 4,
    advantageScale: "group",
    kl: { place: "loss", estimator: "k1", coefficient: 0.01, control: "fixed" },
    loss: { ...tinySettings.loss, clipHigh: 0.28, dualClip: 3, mean: "sequence" },
  },
  {
    algorithm: "reinforce++",
    scores: { center: true, scale: true, clip: 5, missingEndPenalty: 0.1 },
  },
];

for (const some of withoutCritic) {
  Deno.test(`${some.algorithm} learns the toy task without a critic`, async () => {
    await using directory = await temporaryDirectory();
    const settings = { ...some, steps: 25, critic: "none", adam: constantRate(1e-2) } as const;
    const lines = await trained({ directory: directory.path, settings });
    const [before, after] = [lines[0]!, lines.at(-1)!].map(({ score_mean, length_mean }) =>
      score_mean / length_mean
    );
    assert.ok(
      before! < 0.4 && after! > 0.7,
      `${before} of the tokens at first, ${after} at the end`,
    );
    for (const { value_loss, value_clip_fraction, explained_variance } of lines) {
      assert.deepEqual([value_loss, value_clip_fraction, explained_variance], [NaN, NaN, NaN]);
    }
  });
}

Deno.test("an adapter learns the toy task, and its base model stays the reference", async () => {
  await using directory = await temporaryDirectory();
  const adapter = { rank: 4, alpha: 8, modules: ["all-linear"] };
  const settings = { steps: 40, adapter, adam: constantRate(1e-2) };
  const lines = await trained({ directory: directory.path, settings });
  const [before, after] = [lines[0]!, lines.at(-1)!].map(({ score_mean, length_mean }) =>
    score_mean / length_mean
  );
  assert.ok(before! < 0.2 && after! > 0.5, `${before} of the tokens at first, ${after} at the end`);
  assert.equal(lines[0]!.kl, 0);
  assert.ok(lines.at(-1)!.kl > 0.1, `KL ${lines.at(-1)!.kl}`);
});

Deno.test("the KL penalty keeps the policy near the reference", async () => {
  await using made = await directories();
  const [free, dear] = made;
  const run = (directory: string, coefficient: number) => {
    const kl = { place: "reward", estimator: "k1", coefficient, control: "fixed" } as const;
    return trained({ directory, settings: { steps: 20, kl, adam: constantRate(5e-3) } });
  };
  const [far, near] = [(await run(free, 0)).at(-1)!, (await run(dear, 2)).at(-1)!];
  assert.ok(near.kl < 0.5 * far.kl, `KL ${near.kl} with the cost, ${far.kl} without`);
  assert.ok(near.reward_mean < near.score_mean && far.reward_mean === far.score_mean);
});

Deno.test("the KL coefficient follows its controller from step to step", async () => {
  await using directory = await temporaryDirectory();
  const control = { target: 0.01, horizon: 100 };
  const kl = { place: "reward", estimator: "k1", coefficient: 0.3, control } as const;
  const lines = await trained({ directory: directory.path, settings: { steps: 4, kl } });
  let expected = 0.3;
  for (const { kl, kl_coefficient } of lines) {
    assert.equal(kl_coefficient, expected);
    expected = nextCoefficient(expected, { kl, samples: 16 }, control);
  }
  assert.notEqual(lines[3]!.kl_coefficient, 0.3);
});

Deno.test("while the critic alone is trained, neither the coefficient nor the policy's rate moves on", async () => {
  await using directory = await temporaryDirectory();
  const control = { target: 0.01, horizon: 100 };
  const settings: Partial<TrainingSettings> = {
    steps: 5,
    valueWarmUpSteps: 2,
    kl: { place: "reward", estimator: "k1", coefficient: 0.3, control },
    adam: { ...constantRate(1e-3), schedule: "linear", warmUpUpdates: 6 },
  };
  const lines = await trained({ directory: directory.path, settings });
  const coefficients = lines.map(({ kl_coefficient }) => kl_coefficient);
  const adapted = (from: number, { kl }: MetricsLine) =>
    nextCoefficient(from, { kl, samples: 16 }, control);
  assert.deepEqual(coefficients.slice(0, 3), [0.3, 0.3, 0.3]);
  assert.equal(coefficients[3], adapted(0.3, lines[2]!));
  assert.equal(coefficients[4], adapted(coefficients[3]!, lines[3]!));
  // The policy has twelve updates, four a step: 6 of a warm-up, and 6 of a decay to 0.
  const rates = [4 / 6, 1 - 1 / 6, 1 - 5 / 6].map((part) => 1e-3 * part);
  for (const [i, { learning_rate }] of lines.slice(2).entries()) {
    assert.ok(Math.abs(learning_rate - rates[i]!) < 1e-9, `${learning_rate} in step ${i + 3}`);
  }
});

Deno.test("two runs with one seed are equal bit for bit, and another seed differs", async () => {
  await using made = await directories();
  const [a, b, c] = made;
  const first = await trained({ directory: a });
  const updates = first.reduce((sum, line) => sum + line.updates, 0);
  assert.equal(updates, totalUpdates(tinySettings), "the schedule counts every update");
  const second = await trained({ directory: b });
  assert.deepEqual(first.map(untimed), second.map(untimed));
  for (const file of ["model.safetensors", "trainer/state.safetensors"]) {
    assert.deepEqual(await bytesOf(a, file), await bytesOf(b, file), file);
  }
  const other = await trained({ directory: c, settings: { seed: 8 } });
  assert.notDeepEqual(first.map(untimed), other.map(untimed));
});

const resumable: Readonly<
  Record<string, { settings: Partial<TrainingSettings>; weights: string }>
> = {
  "a run": { settings: {}, weights: "model.safetensors" },
  "a run that accumulates gradients": {
    settings: { accumulate: 2 },
    weights: "model.safetensors",
  },
  "a run that trains an adapter": {
    settings: { adapter: { rank: 2, alpha: 4 }, critic: "separate" },
    weights: "adapter_model.safetensors",
  },
};

for (const [what, { settings, weights }] of Object.entries(resumable)) {
  Deno.test(`${what} is stopped and resumes bit for bit`, async () => {
    await using made = await directories();
    const [whole, broken] = made;
    const expected = await trained({ directory: whole, settings });
    const stop = new AbortController();
    const onStep = ({ step }: MetricsLine) => step === 3 && stop.abort();
    const part = await trained({ directory: broken, settings, onStep, signal: stop.signal });
    assert.equal(part.length, 3);
    const resumed = await trained({ directory: broken, settings });
    assert.deepEqual(resumed.map(untimed), expected.map(untimed));
    for (const file of [weights, "trainer/state.safetensors", "trainer/progress.json"]) {
      assert.deepEqual(await bytesOf(broken, file), await bytesOf(whole, file), file);
    }
  });
}

Deno.test("a run that was killed repeats the steps after its checkpoint", async () => {
  await using made = await directories();
  const [whole, broken] = made;
  const expected = await trained({ directory: whole });
  await assert.rejects(
    trained({
      directory: broken,
      checkpointEvery: 2,
      onStep: ({ step }) => {
        if (step === 5) throw new Error("killed");
      },
    }),
    /killed/,
  );
  const resumed = await trained({ directory: broken });
  assert.deepEqual(resumed.map(untimed), expected.map(untimed));
  assert.deepEqual(
    await bytesOf(broken, "trainer/state.safetensors"),
    await bytesOf(whole, "trainer/state.safetensors"),
  );
});

Deno.test("an unavailable server stops the run, and no finished step is lost", async () => {
  await using made = await directories();
  const [whole, broken] = made;
  const expected = await trained({ directory: whole });
  let calls = 0;
  const fetchRewards = (...given: Parameters<ReturnType<typeof rewardsFor>>) => {
    if (++calls === 4) throw new AbacusError("training_failed", "Cannot get rewards");
    return rewardsFor("a")(...given);
  };
  await assert.rejects(trained({ directory: broken, fetchRewards }), { kind: "training_failed" });
  assert.match(await checkpointOf(broken), /step-000003$/);
  assert.deepEqual((await trained({ directory: broken })).map(untimed), expected.map(untimed));
});

Deno.test("an error of the last checkpoint is reported with the error before it", async () => {
  await using directory = await temporaryDirectory();
  const full = new Error("No space left on device");
  const failing = async (error: Error) => {
    let calls = 0;
    const fetchRewards = (...given: Parameters<ReturnType<typeof rewardsFor>>) => {
      if (++calls === 2) throw error;
      return rewardsFor("a")(...given);
    };
    await using tiny = await tinyRun({ directory: directory.path, fetchRewards });
    tiny.run.checkpoints.save = () => Promise.reject(full);
    await train(tiny.run, tiny.progress);
  };
  const gone = new AbacusError("training_failed", "Cannot get rewards as it is gone: received 503");
  await assert.rejects(failing(gone), (error) => {
    assert.ok(error instanceof AbacusError && error.kind === "training_failed");
    assert.equal(
      error.message,
      `${gone.message}; nor could a checkpoint be saved: received ${full.message}`,
    );
    assert.ok(error.cause instanceof AggregateError);
    assert.deepEqual(error.cause.errors, [gone, full]);
    return true;
  });
  const slip = new TypeError("not a function");
  await assert.rejects(failing(slip), { name: "AggregateError", errors: [slip, full] });
  // A stopped run has no other error to report.
  await assert.rejects(failing(new AbacusError("cancelled", "Cannot continue")), full);
});

Deno.test("a loss that is not finite stops the run at its step, and the checkpoint before it stays", async () => {
  await using directory = await temporaryDirectory();
  let calls = 0;
  const fetchRewards = async (...given: Parameters<ReturnType<typeof rewardsFor>>) => {
    const rewards = await rewardsFor("a")(...given);
    if (++calls < 4) return rewards;
    return rewards.map((each) => ({ ...each, perToken: each.perToken.map(() => 1e30) }));
  };
  const { path } = directory;
  await assert.rejects(trained({ directory: path, fetchRewards, checkpointEvery: 1 }), {
    kind: "training_failed",
    message: /step 4 as .* is not finite/,
  });
  assert.match(await checkpointOf(path), /step-000003$/);
});

Deno.test("rewards of a mixture whose members disagree do not grow where its score is near 0", async () => {
  await using directory = await temporaryDirectory();
  // Members that give 5 and -5.001 together, and the rest of the step something to be centred by.
  const disagreeing: RewardSource["fetchRewards"] = (texts) =>
    Promise.resolve(texts.map(({ pieces }, i): Reward => {
      const perToken = Float64Array.from(pieces, () => 1);
      perToken.set(i === 0 ? [5, -5.001 - (pieces.length - 2)] : []);
      return { score: perToken.reduce((a, b) => a + b, 0), perToken, responseMass: 1 };
    }));
  const settings = {
    steps: 1,
    scores: { center: true, scale: false, clip: Infinity, missingEndPenalty: 0 },
  };
  const deviation = async (isMixture: boolean) => {
    const path = join(directory.path, `${isMixture}`);
    await using tiny = await tinyRun({ directory: path, settings });
    const rewards = { model: "both", isMixture, fetchRewards: disagreeing };
    await train({ ...tiny.run, rewards }, tiny.progress);
    return (await tiny.run.files.readMetrics())[0]!.advantage_std;
  };
  assert.ok(await deviation(false) > 100, "of one model they would be shares");
  assert.ok(await deviation(true) < 10);
});

Deno.test("reward_mean is that of shaped scores, be a part of them no token's", async () => {
  await using directory = await temporaryDirectory();
  // Scores of 4 and 8 in turn, 3 of each for the prompt, as red leaves it out.
  const fetchRewards: RewardSource["fetchRewards"] = (texts) =>
    Promise.resolve(texts.map(({ pieces }, i): Reward => {
      const score = i % 2 === 0 ? 4 : 8;
      const perToken = Float64Array.from(pieces, () => (score - 3) / pieces.length);
      return { score, perToken, responseMass: 1 };
    }));
  const deviation = Math.sqrt(16 * 4 / 15); // of 16 scores that lie 2 from their mean
  for (const [scale, expected] of [[false, 6], [true, 6 / deviation]] as const) {
    const path = join(directory.path, `${scale}`);
    const [line] = await trained({
      directory: path,
      fetchRewards,
      settings: {
        steps: 1,
        credit: { method: "red", beta: 1 },
        scores: { center: false, scale, clip: Infinity, missingEndPenalty: 0 },
        kl: { place: "reward", estimator: "k1", coefficient: 0, control: "fixed" },
      },
    });
    assert.ok(Math.abs(line!.reward_mean - expected) < 1e-9, `${line!.reward_mean}`);
  }
});

type Poison = (state: EngineState) => void;

/** Goes on after step 2 with a policy that the last update of step 3 spoils, unseen by its statistics. */
async function spoiled(poison: Poison, directory: string, { stops }: { stops: boolean }) {
  const stop = new AbortController();
  const onStep = () => stops && stop.abort();
  const settings = { steps: 4, adam: constantRate(1e-3) };
  await using tiny = await tinyRun({ directory, settings, onStep, signal: stop.signal });
  const { engine } = tiny.run;
  const update = engine.update.bind(engine);
  let updates = 0;
  engine.update = async (...given) => {
    const stats = await update(...given);
    if (++updates !== 4) return stats;
    const state = await engine.state();
    poison(state);
    await engine.setState(state);
    return stats;
  };
  await train(tiny.run, tiny.progress);
}

const notANumber: Poison = ({ parameters }) => parameters.fill(NaN);
const overflowing: Poison = ({ parameters }) => parameters.fill(3e38);
const momentless: Poison = ({ second }) => second.fill(Infinity, 3, 4);

const lost = /^Cannot continue as the log-probability of a token is not finite: received NaN$/;
const unsaved = (step: number, what: string) =>
  new RegExp(`^Cannot save a checkpoint after step ${step} as ${what} is not finite: received`);

const poisons: readonly [what: string, Poison, stops: boolean, message: RegExp][] = [
  ["weights of NaN fails in the next step", notANumber, false, lost],
  ["weights of NaN is stopped", notANumber, true, unsaved(3, "a weight")],
  ["weights that overflow fails in the next step", overflowing, false, lost],
  ["an infinite moment ends", momentless, false, unsaved(4, "a moment of Adam's")],
];

for (const [what, poison, stops, message] of poisons) {
  Deno.test(`a run with ${what}, and its last good checkpoint stays`, async () => {
    await using directory = await temporaryDirectory();
    const { path } = directory;
    await trained({ directory: path, settings: { steps: 2, adam: constantRate(1e-3) } });
    const before = await bytesOf(path, "trainer/state.safetensors");
    await assert.rejects(spoiled(poison, path, { stops }), { message });
    assert.match(await checkpointOf(path), /step-000002$/);
    assert.deepEqual(await bytesOf(path, "trainer/state.safetensors"), before);
  });
}

Deno.test("the policy does not change while the value head warms up", async () => {
  await using directory = await temporaryDirectory();
  for (const critic of ["shared", "separate"] as const) {
    const path = join(directory.path, critic);
    await Deno.mkdir(path);
    const settings = { critic, steps: 3, valueWarmUpSteps: 2, adam: constantRate(1e-3) };
    const policies: Float32Array[] = [];
    await using tiny = await tinyRun({ directory: path, settings, checkpointEvery: 1 });
    const { engine, checkpoints } = tiny.run;
    const save = checkpoints.save.bind(checkpoints);
    checkpoints.save = async (snapshot) => {
      const { parameters } = await engine.state();
      policies.push(parameters.slice(0, engine.layout.policySize));
      return await save(snapshot);
    };
    await train(tiny.run, tiny.progress);
    const initial = tiny.initial.slice(0, engine.layout.policySize);
    assert.deepEqual(policies[0], initial);
    assert.deepEqual(policies[1], initial);
    assert.notDeepEqual(policies[2], initial);
  }
});

Deno.test("updates stop early if the policy moved too far", async () => {
  await using directory = await temporaryDirectory();
  const settings = { steps: 4, stopKl: 1e-4, adam: constantRate(1e-2) };
  const lines = await trained({ directory: directory.path, settings });
  assert.ok(lines.some(({ early_stopped, updates }) => early_stopped === 1 && updates < 4));
});

Deno.test("minibatches of unequal size, and a step of one completion of one token", async () => {
  await using made = await directories();
  const [uneven, single] = made;
  const credit = { method: "abcd", beta: 0.8 } as const;
  const five = { steps: 2, batch: 5, minibatches: 2, credit };
  const length = { min: 0, max: 1, varied: false };
  const one = { steps: 2, batch: 1, minibatches: 1, length };
  for (const [directory, settings, updates] of [[uneven, five, 4], [single, one, 2]] as const) {
    const lines = await trained({ directory, settings });
    assert.deepEqual(lines.map((line) => line.updates), [updates, updates]);
    assert.ok(lines.every((line) => Object.values(line).every(Number.isFinite)));
    assert.ok(lines.every(({ gradient_norm }) => gradient_norm > 0));
  }
});

function constantRate(learningRate: number): TrainingSettings["adam"] {
  return {
    learningRate,
    schedule: "constant",
    warmUpUpdates: 0,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0,
    maxGradientNorm: 1,
  };
}

/** Three directories that are removed at the end of the block. */
async function directories(): Promise<AsyncDisposable & [string, string, string]> {
  const parent = await temporaryDirectory();
  const paths: [string, string, string] = ["a", "b", "c"].map((name) =>
    join(parent.path, name)
  ) as [string, string, string];
  for (const path of paths) await Deno.mkdir(path);
  return Object.assign(paths, {
    [Symbol.asyncDispose]: () => parent[Symbol.asyncDispose](),
  });
}
