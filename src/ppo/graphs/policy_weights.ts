/**
 * Policy weights: the weights of a trainer's graphs, as inputs. A policy is trained whole, or by an adapter,
 * whose factors are then the only weights that change, with those of the value head.
 *
 * @module
 */

import { type FedWeights, fedWeights } from "../../layers/fed_weights.ts";
import { type FactorsOf, lowRankWeights } from "../../layers/low_rank_weights.ts";
import type { WeightSource } from "../../layers/parameters.ts";
import type { Graph } from "../../onnx/graph.ts";
import { type ActorCritic, CRITIC, VALUE_HEAD } from "./actor_critic.ts";
import { FACTORS, type TrainedAdapter } from "./trained_adapter.ts";

/** Weights that are fed, and which of them change. */
export interface PolicyWeights extends FedWeights {
  /** Of `taken`, what training changes; the others are the base model's. */
  readonly trained: FedWeights["taken"];
}

/** Declares an input of `graph` for every weight that is taken, of the base model as of the adapter. */
export function policyWeights(
  graph: Graph,
  { adapter }: Pick<ActorCritic, "adapter">,
): PolicyWeights {
  const fed = fedWeights(graph);
  const { taken } = fed;
  if (adapter === undefined) return { ...fed, trained: taken };
  return {
    ...lowRankWeights(baseWeights(fed), factorsFrom(fed, adapter)),
    taken,
    get trained() {
      return new Map([...taken].filter(([name]) => isTrained(name)));
    },
  };
}

/** The weights of the base model, which a separate critic reads too: only its factors are its own. */
function baseWeights(fed: FedWeights): WeightSource {
  return {
    has: (name) => fed.has(baseName(name)),
    take: (name, ...more) => fed.take(baseName(name), ...more),
    linear: (x, name, shape) => fed.linear(x, baseName(name), shape),
    rows: (index, name, shape) => fed.rows(index, baseName(name), shape),
  };
}

function factorsFrom(fed: FedWeights, { rank, alpha, layers }: TrainedAdapter): FactorsOf {
  return (name, { inputs, outputs }) => {
    if (!layers.has(baseName(name))) return undefined;
    return {
      down: fed.take(`${name}.${FACTORS.down}`, [rank, inputs]),
      up: fed.take(`${name}.${FACTORS.up}`, [outputs, rank]),
      scale: alpha / rank,
    };
  };
}

/** The policy's name of a weight of a separate critic's trunk. */
function baseName(name: string): string {
  return name.startsWith(`${CRITIC}.`) ? name.slice(CRITIC.length + 1) : name;
}

function isTrained(name: string): boolean {
  return name.startsWith(`${VALUE_HEAD}.`) ||
    Object.values(FACTORS).some((factor) => name.endsWith(`.${factor}`));
}
