/**
 * Golden policies that an adapter is trained on, and the same with the adapter merged into their weights.
 *
 * @module
 */

import type { PolicyEngine } from "../../src/ppo/graphs/policy_engine.ts";
import { type ParameterLayout, weightOf } from "../../src/ppo/graphs/parameter_vector.ts";
import {
  type AdapterSettings,
  type TrainedAdapter,
  trainedAdapter,
} from "../../src/ppo/graphs/trained_adapter.ts";
import { readPolicy } from "../../src/ppo/rollout/policy.ts";
import { minibatchFrom, requests } from "./made_up_minibatch.ts";
import {
  type OpenOptions,
  type OpenPolicy,
  openPolicy,
  policyDirectory,
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
