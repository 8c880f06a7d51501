/**
 * Joined adapter: the adapter that a policy came with and the one that was trained on top of it, as one adapter of
 * the base model, which peft can load. `[B1 B2] [A1; A2]` is `B1 A1 + B2 A2`, so that only the scales of the first
 * are rounded, which become part of its `B`.
 *
 * @module
 */

import { AdaptedLedger } from "../../adapters/adapted_ledger.ts";
import type { Adapter } from "../../adapters/adapter.ts";
import { isHubId } from "../../model/find_model.ts";
import { Ledger } from "../../weights/ledger.ts";
import { readTensor } from "../../weights/read_tensor.ts";
import { type AdapterUpdate, adapterUpdates } from "../graphs/adapter_updates.ts";
import { linearLayers } from "../graphs/linear_layers.ts";
import { FACTORS, type TrainedAdapter } from "../graphs/trained_adapter.ts";
import type { Policy } from "../rollout/policy.ts";
import type { WrittenAdapter } from "./adapter_directory.ts";

/** A matrix of an adapter that was trained, named by layer and factor. */
export interface TrainedFactor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** A policy that is an adapter itself. */
type AdaptedPolicy = Pick<Policy, "checkpoint" | "model" | "directory"> & {
  readonly adapter: Adapter;
};

/**
 * The adapter of the base model that both of them make.
 *
 * @param trained beside the policy's own, which is read from its files
 */
export async function joinedAdapter(
  policy: AdaptedPolicy,
  trained: { readonly adapter: TrainedAdapter; readonly weights: readonly TrainedFactor[] },
): Promise<WrittenAdapter> {
  const own = new Map(updatesOf(policy).map((each) => [each.name, each]));
  const second = pairsOf(trained);
  const rank = trained.adapter.rank +
    Math.max(0, ...[...own.values()].map(({ update }) => update.down.shape[0]!));
  const layers = new Set([...own.keys(), ...second.keys()]);
  const weights: TrainedFactor[] = [];
  for (const layer of layers) {
    const first = own.get(layer);
    const pairs = [first && await stored(first), second.get(layer)];
    weights.push(...stacked(layer, pairs.filter((pair) => pair !== undefined), rank));
  }
  const turned = trained.adapter.turned ||
    [...own.values()].some(({ shape }) => shape.layout === "in-out");
  const adapter = { rank, alpha: rank, targets: targetsOf(policy, layers), layers, turned };
  return { base: baseOf(policy), adapter, weights };
}

/** Two factors, and what their product counts. */
interface Pair {
  /** `[rank, inputs]`. */
  readonly down: TrainedFactor;
  /** `[outputs, rank]`. */
  readonly up: TrainedFactor;
  readonly scale: number;
}

function updatesOf({ checkpoint, model, adapter }: AdaptedPolicy): AdapterUpdate[] {
  const base = new Ledger(checkpoint, { prefix: model.trunk.prefix });
  return adapterUpdates(new AdaptedLedger(base, adapter), model);
}

async function stored({ update: { down, up, scale } }: AdapterUpdate): Promise<Pair> {
  const [a, b] = [await readTensor(down), await readTensor(up)];
  return { down: { ...down, data: a }, up: { ...up, data: b }, scale };
}

/** By layer. */
function pairsOf(
  { adapter, weights }: {
    readonly adapter: TrainedAdapter;
    readonly weights: readonly TrainedFactor[];
  },
): Map<string, Pair> {
  const named = new Map(weights.map((each) => [each.name, each]));
  const scale = adapter.alpha / adapter.rank;
  return new Map([...adapter.layers].map((layer) => {
    const [down, up] = [FACTORS.down, FACTORS.up].map((name) => named.get(`${layer}.${name}`)!);
    return [layer, { down: down!, up: up!, scale }];
  }));
}

/** The pairs of a layer beside one another, and zeros up to the rank that all layers have. */
function stacked(layer: string, pairs: readonly Pair[], rank: number): TrainedFactor[] {
  const [inputs, outputs] = [pairs[0]!.down.shape[1]!, pairs[0]!.up.shape[0]!];
  const [down, up] = [new Float32Array(rank * inputs), new Float32Array(outputs * rank)];
  let row = 0;
  for (const pair of pairs) {
    const own = pair.down.shape[0]!;
    down.set(pair.down.data, row * inputs);
    for (let output = 0; output < outputs; output++) {
      for (let r = 0; r < own; r++) {
        up[output * rank + row + r] = pair.scale * pair.up.data[output * own + r]!;
      }
    }
    row += own;
  }
  return [
    { name: `${layer}.${FACTORS.down}`, shape: [rank, inputs], data: down },
    { name: `${layer}.${FACTORS.up}`, shape: [outputs, rank], data: up },
  ];
}

/** Ends of names where they mean these layers alone, else whole names. */
function targetsOf({ model }: AdaptedPolicy, layers: ReadonlySet<string>): string[] {
  const endOf = (name: string) => name.slice(name.lastIndexOf(".") + 1);
  const ends = new Set([...layers].map(endOf));
  const meant = [...linearLayers(model).keys()].filter((name) => ends.has(endOf(name)));
  return [...(meant.length === layers.size ? ends : layers)].toSorted();
}

/** As the first adapter names it where that is an id of the hub: a relative path may be one from elsewhere. */
function baseOf({ adapter, directory }: AdaptedPolicy): string {
  const named = adapter.config.base_model_name_or_path ?? "";
  return isHubId(named) ? named : directory;
}
