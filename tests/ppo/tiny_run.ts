/**
 * A PPO run with a tiny policy, and rewards from a function instead of a server.
 *
 * @module
 */

import { join } from "node:path";
import { openRuntime } from "../../src/engine/runtime.ts";
import { Checkpoints, type Progress } from "../../src/ppo/run/checkpoint.ts";
import { setInitialState } from "../../src/ppo/graphs/initial_state.ts";
import { type Policy, readPolicy } from "../../src/ppo/rollout/policy.ts";
import { PolicyEngine } from "../../src/ppo/graphs/policy_engine.ts";
import type { CompletionText } from "../../src/ppo/rollout/policy_text.ts";
import type { Reward, RewardSource } from "../../src/ppo/rollout/reward_source.ts";
import { RunFiles } from "../../src/ppo/run/run_files.ts";
import type { Run } from "../../src/ppo/trainer.ts";
import { engineOptions, type TrainingSettings } from "../../src/ppo/settings.ts";

/** Settings that train a model of a few thousand weights within seconds. */
export const tinySettings: TrainingSettings = {
  seed: 7,
  steps: 6,
  algorithm: "ppo",
  batch: 16,
  completionsPerPrompt: 1,
  epochs: 2,
  minibatches: 2,
  accumulate: 1,
  length: { min: 2, max: 6, varied: true },
  stop: [],
  forbiddenEnd: "masked",
  rule: { temperature: 1, topK: 0, topP: 1 },
  credit: { method: "abc", beta: 0.8 },
  scores: { center: false, scale: false, clip: Infinity, missingEndPenalty: 0 },
  kl: {
    place: "reward",
    estimator: "k1",
    coefficient: 0.01,
    control: { target: 2, horizon: 1_000 },
  },
  gamma: 1,
  lambda: 0.95,
  whitenRewards: false,
  advantageScale: "batch",
  critic: "shared",
  valueWarmUpSteps: 0,
  stopKl: Infinity,
  loss: { clip: 0.2, valueClip: 0.2, valueCoefficient: 0.1, entropyCoefficient: 0.001 },
  adam: {
    learningRate: 3e-3,
    schedule: "cosine",
    warmUpUpdates: 2,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0.01,
    maxGradientNorm: 1,
  },
};

/** Rewards each token whose text contains `wanted` with 1, and others with 0. */
export function rewardsFor(wanted: string): RewardSource["fetchRewards"] {
  return (texts: readonly CompletionText[]) =>
    Promise.resolve(texts.map(({ pieces }): Reward => {
      const perToken = Float64Array.from(pieces, (piece) => Number(piece.includes(wanted)));
      return { score: perToken.reduce((a, b) => a + b, 0), perToken, responseMass: 1 };
    }));
}

/** Options of a test. */
export interface TinyRunOptions {
  readonly directory: string;
  readonly settings?: Partial<TrainingSettings>;
  readonly fetchRewards?: RewardSource["fetchRewards"];
  readonly checkpointEvery?: number;
  readonly onStep?: NonNullable<Run["onStep"]>;
  readonly signal?: AbortSignal;
}

/** A run, and its progress. */
export interface TinyRun extends AsyncDisposable {
  readonly run: Run;
  readonly policy: Policy;
  readonly progress: Progress;
  /** The parameters at the start of the run. */
  readonly initial: Float32Array;
}

/** Opens the directory of a run, which may have a checkpoint. */
export async function tinyRun(options: TinyRunOptions): Promise<TinyRun> {
  const settings = { ...tinySettings, ...options.settings };
  const policy = await readPolicy("tests/golden/policies/llama-tied-biased");
  const runtime = await openRuntime({ device: "cpu", threads: 1 });
  const chosen = engineOptions(settings, policy);
  const engine = new PolicyEngine(runtime, chosen);
  const initial = await setInitialState(engine, policy, settings.seed);
  const files = new RunFiles(options.directory);
  await Deno.mkdir(files.paths.checkpoints, { recursive: true });
  const checkpoints = new Checkpoints(files.paths.checkpoints, {
    policy,
    layout: engine.layout,
    adapter: chosen.actorCritic.adapter,
  });
  const found = await checkpoints.latest();
  if (found !== undefined) await engine.setState(found.state);
  const klCoefficient = settings.kl.coefficient;
  const progress = found?.progress ?? { step: 0, updates: 0, klCoefficient };
  await files.truncateAfter(progress.step);
  const run: Run = {
    engine,
    text: policy.text,
    rewards: { model: "a function", fetchRewards: options.fetchRewards ?? rewardsFor("a") },
    credit: settings.credit,
    stop: settings.stop,
    settings,
    prompts: await policy.text.encodeTexts(["the", "a film", "it is", "one two three"]),
    files,
    checkpoints,
    checkpointEvery: options.checkpointEvery ?? 100,
    samplesPerStep: 2,
    signal: options.signal,
    ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
  };
  return {
    run,
    policy,
    progress,
    initial,
    [Symbol.asyncDispose]: () => runtime[Symbol.asyncDispose](),
  };
}

/** The only checkpoint of a run's directory. */
export async function checkpointOf(directory: string): Promise<string> {
  const names = await Array.fromAsync(Deno.readDir(join(directory, "checkpoints")));
  if (names.length !== 1) throw new Error(`expected one checkpoint, found ${names.length}`);
  return join(directory, "checkpoints", names[0]!.name);
}
