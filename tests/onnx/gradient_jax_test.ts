/**
 * Gradients of a whole policy against those of another autodiff, which shares no code with ours.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fedWeights } from "../../src/layers/fed_weights.ts";
import { Parameters } from "../../src/layers/parameters.ts";
import { gradients } from "../../src/onnx/gradient.ts";
import { Graph } from "../../src/onnx/graph.ts";
import type { Feed } from "../../src/engine/runtime.ts";
import { forward, ROWS } from "../../src/ppo/graphs/actor_critic.ts";
import { rowFeed, sequenceFeeds, shapeFor } from "../../src/ppo/graphs/batch_feeds.ts";
import { ppoLoss } from "../../src/ppo/graphs/loss.ts";
import { weightRows } from "../../src/ppo/graphs/loss_mean.ts";
import { jaxBatch, jaxGradients, jaxWeights, startJax } from "../support/jax_gpt2.ts";
import {
  type PolicySize,
  type RandomBatch,
  randomBatch,
  type RandomPolicy,
  randomPolicy,
  sequencesOf,
} from "../support/random_policy.ts";
import { type Plain, runGraph } from "./run_graph.ts";

const size: PolicySize = {
  hidden: 16,
  layers: 2,
  heads: 2,
  vocabulary: 30,
  length: 7,
  batch: 3,
};
const settings = { clip: 0.2, valueClip: 0.2, valueCoefficient: 0.5, entropyCoefficient: 0.1 };

Deno.test("gradients of PPO's loss by every weight of a GPT-2 are those of jax-js", async () => {
  const [policy, batch] = [randomPolicy(size), randomBatch(size)];
  const ours = await ourGradients(policy, batch);
  const theirs = await theirGradients(policy, batch);
  assert.equal(Object.keys(theirs).length, policy.weights.length + 1);
  for (const [name, expected] of Object.entries(theirs)) assertNear(name, ours[name]!, expected);
});

/** The loss and the gradient of every weight, from one graph. */
async function ourGradients({ actorCritic, weights }: RandomPolicy, batch: RandomBatch) {
  const graph = new Graph("gradients");
  const taken = fedWeights(graph);
  const sequences = sequencesOf(batch);
  const shape = shapeFor(sequences, size.batch); // a place more than there are tokens
  const read = forward(graph, { actorCritic, shape }, new Parameters(taken));
  const input = (name: string) => graph.input(name, "float32", [ROWS]);
  const loss = ppoLoss(read, {
    logProbs: input("logProbs"),
    advantages: input("advantages"),
    weight: input("weight"),
    share: input("share"),
    critic: { values: input("values"), returns: input("returns") },
  }, settings);
  const names = [...taken.taken.keys()];
  gradients(loss.total, [...taken.taken.values()]).forEach((gradient, i) => {
    graph.output(`${names[i]}.gradient`, gradient);
  });
  for (const [name, value] of Object.entries(loss)) graph.output(`loss.${name}`, value);
  const share = rowFeed(weightRows(sequences, { mean: "token", longest: 1 }));
  const fed = Object.entries({ ...sequenceFeeds(sequences, shape), share, weight: share })
    .filter(([name]) => name !== "iota"); // for rotations only
  const found = await runGraph(graph, {
    ...Object.fromEntries(fed.map(([name, { data, dims }]) => [name, plain(data, dims)])),
    ...Object.fromEntries(perRow(batch).map(([name, data]) => [name, plain(data, [data.length])])),
    ...Object.fromEntries(weights.map(({ name, shape, data }) => [name, plain(data, shape)])),
  });
  return Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, data]));
}

function perRow({ ids: _, actions: __, ...rows }: RandomBatch) {
  return Object.entries(rows);
}

function plain(data: Feed["data"], dims: readonly number[]): Plain {
  const dtype = data instanceof Int32Array ? "int32" : "float32";
  return { data: Array.from(data, Number), dims, dtype };
}

async function theirGradients(policy: RandomPolicy, batch: RandomBatch) {
  await startJax();
  const differentiate = jaxGradients(size, settings);
  const [loss, gradient] = differentiate(jaxWeights(policy), jaxBatch(batch));
  const found: Record<string, ArrayLike<number>> = { "loss.total": await loss.data() };
  for (const [name, each] of Object.entries(gradient)) {
    found[`${name}.gradient`] = await each.data();
  }
  differentiate.dispose();
  return found;
}

/** Fails where an entry is off by more than 1e-4 of the largest of its tensor. */
function assertNear(name: string, ours: ArrayLike<number>, theirs: ArrayLike<number>): void {
  assert.equal(ours.length, theirs.length, `${name}: its size`);
  const largest = Array.from(theirs).reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  const off = Array.from(theirs, (each, i) => Math.abs(each - ours[i]!));
  const worst = off.reduce((most, each) => Math.max(most, each), 0);
  assert.ok(largest > 1e-6, `${name}: the loss depends on it`);
  assert.ok(worst <= 1e-4 * largest, `${name}: off by ${worst} where the largest is ${largest}`);
}
