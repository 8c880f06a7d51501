/**
 * The tiny policies of tests/golden/policies, made by tests/oracle/policies.py, with transformers' outputs,
 * and engines for them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DeviceChoice } from "../../src/engine/devices.ts";
import { openRuntime, type Runtime } from "../../src/engine/runtime.ts";
import type { CriticKind } from "../../src/ppo/graphs/actor_critic.ts";
import type { Sequence } from "../../src/ppo/graphs/batch_feeds.ts";
import { setInitialState } from "../../src/ppo/graphs/initial_state.ts";
import type { TrainedAdapter } from "../../src/ppo/graphs/trained_adapter.ts";
import { type Policy, readPolicy } from "../../src/ppo/rollout/policy.ts";
import {
  type EngineState,
  PolicyEngine,
  type PolicyEngineOptions,
} from "../../src/ppo/graphs/policy_engine.ts";
import { fillUniform, randomStream } from "../../src/ppo/math/random.ts";
import type { SampleRequest } from "../../src/ppo/graphs/sampler_feeds.ts";

/** transformers' outputs for one prompt with its response. */
export interface GoldenReading {
  readonly prompt: readonly number[];
  readonly response: readonly number[];
  /** Of every response token, by temperature. */
  readonly log_probs: Readonly<Record<"1" | "0.7", readonly number[]>>;
  /** Last layer, mean over heads: row by row, each up to the diagonal. */
  readonly attention: readonly (readonly number[])[];
}

/** What `generate` returned with greedy search. */
export interface GoldenGreedy {
  readonly prompt: readonly number[];
  readonly max: number;
  readonly response: readonly number[];
}

/** A golden.json. */
export interface GoldenPolicy {
  readonly sequences: readonly GoldenReading[];
  readonly greedy: readonly GoldenGreedy[];
}

/** One of each kind of trunk, head and element type. */
export const policyNames = [
  "llama",
  "llama-tied-biased",
  "llama-rope-llama3",
  "gpt2",
  "mistral",
  "qwen2",
  "qwen3",
  "gemma",
  "phi3",
  "gemma2",
  "gemma3",
  "gpt-neox",
  "gptj",
  "opt",
] as const;

/** The directory of a golden policy. */
export function policyDirectory(name: string): string {
  return fileURLToPath(new URL(`../golden/policies/${name}`, import.meta.url));
}

/** Reads a golden policy's expected numbers. */
export async function readGoldenPolicy(name: string): Promise<GoldenPolicy> {
  return JSON.parse(await Deno.readTextFile(join(policyDirectory(name), "golden.json")));
}

/** A prompt and a response as a sequence. */
export function sequenceOf(
  { prompt, response }: Pick<GoldenReading, "prompt" | "response">,
): Sequence {
  return { ids: Int32Array.from([...prompt, ...response]), promptLength: prompt.length };
}

/** A request to sample a completion. */
export function requestOf(
  prompt: readonly number[],
  limits: SampleRequest["limits"],
): SampleRequest {
  return { prompt: Int32Array.from(prompt), limits };
}

/** Options of an engine; all have defaults. */
export interface OpenOptions extends Partial<Omit<PolicyEngineOptions, "actorCritic">> {
  readonly critic?: CriticKind;
  readonly temperature?: number;
  /** Whether log-probabilities leave out EOS where it is not allowed. */
  readonly masked?: boolean;
  /** What is trained in place of the policy's own weights. */
  readonly adapter?: TrainedAdapter;
  readonly device?: DeviceChoice;
  readonly threads?: number;
}

/** An engine with a golden policy, closed at the end of the block. */
export interface OpenPolicy extends AsyncDisposable {
  readonly engine: PolicyEngine;
  readonly policy: Policy;
  readonly runtime: Runtime;
  /** The checkpoint's weights, or an adapter that changes nothing yet, a value head that is not all zero, and moments of 0. */
  readonly start: EngineState;
}

/** Opens a golden policy, or one in a directory, with its reference and initial state set. */
export async function openPolicy(name: string, options: OpenOptions = {}): Promise<OpenPolicy> {
  const { critic = "shared", temperature = 1, device = "cpu", threads = 1, ...rest } = options;
  const { masked = false, adapter, ...others } = rest;
  const policy = await readPolicy(name.startsWith("/") ? name : policyDirectory(name));
  const runtime = await openRuntime({ device, threads });
  const engine = new PolicyEngine(runtime, {
    actorCritic: {
      model: policy.model,
      critic,
      temperature,
      maskedEosIds: masked ? policy.eosIds : [],
      adapter,
    },
    rule: { temperature, topK: 0, topP: 1 },
    eosIds: policy.eosIds,
    minibatch: 4,
    loss: { clip: 0.2, valueClip: 0.2, valueCoefficient: 0.1, entropyCoefficient: 0.01 },
    adam: quickAdam,
    ...others,
  });
  const parameters = await setInitialState(engine, policy, 1);
  const { offset = 0, length = 0 } = engine.layout.places.get("value_head.weight") ?? {};
  for (let i = 0; i < length; i++) parameters[offset + i] = Math.sin(i + 1) / 2;
  const start = {
    parameters,
    first: new Float32Array(parameters.length),
    second: new Float32Array(parameters.length),
  };
  await engine.setState(start);
  return {
    engine,
    policy,
    runtime,
    start,
    [Symbol.asyncDispose]: () => runtime[Symbol.asyncDispose](),
  };
}

/** Settings that make one update change a lot. */
export const quickAdam = {
  learningRate: 0.01,
  schedule: "constant",
  warmUpUpdates: 0,
  totalUpdates: 10,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-5,
  weightDecay: 0.1,
  maxGradientNorm: 0.5,
} as const;

/** A stream of random numbers for sampling. */
export function stream(seed: number) {
  return randomStream({ seed, step: 0, purpose: "test" });
}

/** Uniform numbers as a sampler is fed. */
export function uniforms(count: number, seed: number): number[] {
  return [...fillUniform(stream(seed), new Float32Array(count))];
}

/** Fails if rows differ in number, in length or by more than `tolerance`. */
export function assertRowsNear(
  found: readonly ArrayLike<number>[],
  expected: readonly ArrayLike<number>[],
  { tolerance, what }: { tolerance: number; what: string },
): void {
  const lengths = (rows: readonly ArrayLike<number>[]) => rows.map(({ length }) => length);
  assert.deepEqual(lengths(found), lengths(expected), `${what}: lengths`);
  expected.forEach((row, i) =>
    Array.from(row).forEach((wanted, t) => {
      const gap = Math.abs(found[i]![t]! - wanted);
      assert.ok(gap <= tolerance, `${what}[${i}][${t}]: ${found[i]![t]}, expected ${wanted}`);
    })
  );
}
