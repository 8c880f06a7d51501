/**
 * Golden policies that an adapter is trained on, and the same with the adapter merged into their weights.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import type { PolicyEngine } from "../../src/ppo/graphs/policy_engine.ts";
import { type ParameterLayout, weightOf } from "../../src/ppo/graphs/parameter_vector.ts";
import {
  type AdapterSettings,
  type TrainedAdapter,
  trainedAdapter,
} from "../../src/ppo/graphs/trained_adapter.ts";
import { readPolicy } from "../../src/ppo/rollout/policy.ts";
import { Checkpoints } from "../../src/ppo/run/checkpoint.ts";
import { minibatchFrom, requests } from "./made_up_minibatch.ts";
import {
  type OpenOptions,
  type OpenPolicy,
  openPolicy,
  policyDirectory,
  sequenceOf,
  stream,
} from "./golden_policy.ts";

/** A policy with its adapter. */
export interface AdaptedPolicy extends OpenPolicy {
  readonly adapter: TrainedAdapter;
}

/** Opens a golden policy with an adapter, of rank 3 and alpha 6 on all linear layers unless said otherwise. */
export async function openAdapted(
  name: string,
  { settings = {}, ...options }: OpenOptions & { settings?: Partial<AdapterSettings> } = {},
): Promise<AdaptedPolicy> {
  const { model } = await readPolicy(policyDirectory(name));
  const adapter = trainedAdapter(model, {
    rank: 3,
    alpha: 6,
    modules: ["all-linear"],
    ...settings,
  });
  return { ...await openPolicy(name, { ...options, adapter }), adapter };
}

/** Trains a few times on completions of its own. */
export async function learn(engine: PolicyEngine, updates = 3): Promise<void> {
  for (let count = 1; count <= updates; count++) {
    const completions = await engine.sample(requests, stream(count));
    const evaluation = await engine.evaluate(completions, { whose: "policy" });
    await engine.update(minibatchFrom(completions, evaluation), { count });
  }
}

/** The weights of a policy and its shared value head, with `alpha / rank * B A` added to those of adapted layers. */
export async function mergedParameters(
  { engine, runtime, adapter }: AdaptedPolicy,
  whole: ParameterLayout,
): Promise<Float32Array<ArrayBuffer>> {
  const base = (await runtime.get("reference")).data as Float32Array<ArrayBuffer>;
  const { parameters } = await engine.state();
  const merged = new Float32Array(whole.size);
  for (const [name, place] of whole.places) {
    const frozen = engine.referenceLayout.places.get(name);
    const [from, vector] = frozen === undefined
      ? [engine.layout.places.get(name)!, parameters]
      : [frozen, base];
    weightOf(merged, place).set(weightOf(vector, from));
  }
  for (const layer of adapter.layers) {
    const factor = (which: string) => engine.layout.places.get(`${layer}.lora_${which}.weight`)!;
    const [a, b] = [factor("A"), factor("B")];
    const [down, up] = [weightOf(parameters, a), weightOf(parameters, b)];
    const [[rank, inputs], [outputs]] = [a.shape as [number, number], b.shape as [number]];
    const weight = weightOf(merged, whole.places.get(`${layer}.weight`)!);
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) {
        let sum = 0;
        for (let r = 0; r < rank; r++) sum += up[o * rank + r]! * down[r * inputs + i]!;
        const at = adapter.turned ? i * outputs + o : o * inputs + i;
        weight[at]! += adapter.alpha / adapter.rank * sum;
      }
    }
  }
  return merged;
}

/** Of the checkpoints that are saved here. */
export const progress = { step: 3, updates: 12, klCoefficient: 0.1 };

/** Trains an adapter and saves a checkpoint of it in a folder. */
export async function savedAdapter(open: AdaptedPolicy, folder: string): Promise<string> {
  await Deno.mkdir(folder, { recursive: true });
  const { engine: { layout }, policy, adapter } = open;
  await learn(open.engine);
  const checkpoints = new Checkpoints(folder, { policy, layout, adapter });
  return await checkpoints.save({ progress, state: await open.engine.state() });
}

/** Trains an adapter, and a second one on top of it; `directory` holds both as one. */
export async function onTop(name: string, folder: string) {
  const first = await openAdapted(name, { settings: { modules: undefined } });
  const below = await savedAdapter(first, join(folder, "first"));
  const settings = { rank: 2, alpha: 5, modules: ["all-linear"] };
  const adapter = trainedAdapter(first.policy.model, settings);
  const second = { ...await openPolicy(below, { adapter }), adapter };
  const directory = await savedAdapter(second, join(folder, "second"));
  const [adapted, between, base] = [
    await afterPrompt(second, "policy"),
    await afterPrompt(first, "policy"),
    await afterPrompt(first, "reference"),
  ];
  const reference = await afterPrompt(second, "reference");
  await Promise.all([first, second].map((each) => each[Symbol.asyncDispose]()));
  return { directory, adapted, between, base, reference };
}

/** The prompt of {@linkcode afterPrompt}. */
export const prompt = [7, 2, 9, 33, 61];

/** The log-probability of every token of the vocabulary after the prompt. */
export async function afterPrompt({ engine, policy }: OpenPolicy, whose: "policy" | "reference") {
  const { vocabulary } = policy.model.trunk.dimensions;
  const sequences = Array.from({ length: vocabulary }, (_, token) => {
    return sequenceOf({ prompt, response: [token] });
  });
  const { logProbs } = await engine.evaluate(sequences, { whose });
  return logProbs.map(([logProb]) => logProb!);
}

/** The largest difference of two that are as long. */
export function widestGap(a: readonly number[], b: readonly number[]): number {
  assert.equal(a.length, b.length);
  return Math.max(...a.map((each, i) => Math.abs(each - b[i]!)));
}
