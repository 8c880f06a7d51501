/**
 * The linear layers of a policy, which adapters have factors for.
 *
 * @module
 */

import type { LanguageModel } from "../../architectures/language_model.ts";
import { fedWeights } from "../../layers/fed_weights.ts";
import type { LinearShape } from "../../layers/linear.ts";
import { Parameters, type WeightSource } from "../../layers/parameters.ts";
import { Graph } from "../../onnx/graph.ts";
import { forward } from "./actor_critic.ts";

/** Those of the trunk by their names in transformers, found by writing its graph once; the head is not among them. */
export function linearLayers(model: LanguageModel): ReadonlyMap<string, LinearShape> {
  const graph = new Graph("layers");
  const weights = fedWeights(graph);
  const noted = new Map<string, LinearShape>();
  const source: WeightSource = {
    ...weights,
    linear(x, name, shape) {
      noted.set(name, shape);
      return weights.linear(x, name, shape);
    },
  };
  const actorCritic = { model, critic: "none", temperature: 1 } as const;
  forward(graph, { actorCritic, shape: { batch: 1, length: 2 } }, new Parameters(source));
  const { prefix, embeddings } = model.trunk;
  const isInside = (name: string) =>
    name.startsWith(`${prefix}.`) && name !== `${prefix}.${embeddings}`;
  return new Map([...noted].filter(([name]) => isInside(name)));
}
