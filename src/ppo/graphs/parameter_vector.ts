/**
 * Parameter vector: all weights of a policy and its critic in one flat vector, so that an optimizer step,
 * a checkpoint or a copy is one operation. Graphs read each weight as a view of it.
 *
 * @module
 */

import { AdaptedLedger } from "../../adapters/adapted_ledger.ts";
import { addUpdate } from "../../adapters/merged_weights.ts";
import type { TensorBindings } from "../../engine/runtime.ts";
import type { FedWeights } from "../../layers/fed_weights.ts";
import { Ledger } from "../../weights/ledger.ts";
import { readTensor } from "../../weights/read_tensor.ts";
import type { Policy } from "../rollout/policy.ts";
import { CRITIC, VALUE_HEAD } from "./actor_critic.ts";
import { adapterUpdates } from "./adapter_updates.ts";

/** The place of one weight in the vector. */
export interface Place {
  readonly offset: number;
  readonly length: number;
  readonly shape: readonly number[];
}

/** The places of all weights; the policy's own come first. */
export interface ParameterLayout {
  readonly places: ReadonlyMap<string, Place>;
  /** Elements of all weights, and of the policy's own. */
  readonly size: number;
  readonly policySize: number;
}

/** The vectors that weights are views of, by the names of their persistent tensors. */
export type VectorLayouts = {
  /** Of what is trained. */
  readonly parameters: ParameterLayout;
  /** Of the frozen reference, which is also the base of an adapter. */
  readonly reference: ParameterLayout;
};

/** The layout of a graph's weights: the policy's own first, each in the order they were taken. */
export function layoutOf(taken: FedWeights["taken"]): ParameterLayout {
  const places = new Map<string, Place>();
  let size = 0;
  const names = [...taken.keys()];
  const own = names.filter((name) => !belongsToCritic(name));
  let policySize = 0;
  for (const name of [...own, ...names.filter(belongsToCritic)]) {
    const shape = taken.get(name)!.shape.map(Number);
    const length = shape.reduce((product, dim) => product * dim, 1);
    places.set(name, { offset: size, length, shape });
    size += length;
    if (!belongsToCritic(name)) policySize = size;
  }
  return { places, size, policySize };
}

/** Whether a weight belongs to the critic: to its trunk or to the value head. */
export function belongsToCritic(name: string): boolean {
  return name.startsWith(`${CRITIC}.`) || name.startsWith(`${VALUE_HEAD}.`);
}

/** A graph's weights as views of the first of these persistent tensors, each by its layout, that has them. */
export function viewsOf(
  { taken }: FedWeights,
  layouts: Readonly<Record<string, ParameterLayout>>,
): NonNullable<TensorBindings["use"]> {
  return Object.fromEntries([...taken.keys()].map((name) => {
    const [tensor, place] = Object.entries(layouts)
      .map(([each, { places }]) => [each, places.get(name)] as const)
      .find(([, found]) => found !== undefined) ?? [];
    if (tensor === undefined || place === undefined) {
      throw new TypeError(`Cannot feed a weight as no layout has it: received "${name}"`);
    }
    return [name, { tensor, offset: place.offset, dims: place.shape }];
  }));
}

/**
 * Reads a policy into a vector: its weights from the checkpoint, with what its adapter adds to them, a separate
 * critic's trunk as a copy of them, and a value head of zeros, so that every value is 0 at first.
 *
 * @throws {AbacusError} `bad_model` if a tensor is missing, unused or of another shape (law 5)
 */
export async function readParameters(
  layout: ParameterLayout,
  { checkpoint, model, adapter }: Pick<Policy, "checkpoint" | "model" | "adapter">,
): Promise<Float32Array<ArrayBuffer>> {
  const base = new Ledger(checkpoint, { prefix: model.trunk.prefix });
  const ledger = adapter === undefined ? base : new AdaptedLedger(base, adapter);
  for (const { pattern, reason } of model.trunk.derived) ledger.ignore(pattern, reason);
  if (model.tied) ledger.ignore(/^lm_head\.weight$/, "tied to the embeddings");
  const own = [...layout.places].filter(([name]) => !belongsToCritic(name));
  const stored = own.map(([name, { offset, shape }]) =>
    [ledger.take(name, shape), offset] as const
  );
  const updates = adapter === undefined ? [] : adapterUpdates(ledger, model);
  ledger.settle();
  const vector = new Float32Array(layout.size);
  for (const [tensor, offset] of stored) vector.set(await readTensor(tensor), offset);
  for (const { name, update, shape } of updates) {
    await addUpdate(weightOf(vector, layout.places.get(`${name}.weight`)!), update, shape);
  }
  for (const [name, { offset }] of layout.places) {
    const original = layout.places.get(name.slice(CRITIC.length + 1));
    if (!name.startsWith(`${CRITIC}.`) || original === undefined) continue;
    vector.copyWithin(offset, original.offset, original.offset + original.length);
  }
  return vector;
}

/** The elements of one weight, as a view. */
export function weightOf(
  vector: Float32Array<ArrayBuffer>,
  { offset, length }: Place,
): Float32Array<ArrayBuffer> {
  return vector.subarray(offset, offset + length);
}
