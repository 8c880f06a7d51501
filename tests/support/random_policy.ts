/**
 * GPT-2s of random weights in any size, and batches to learn from: every sequence is one prompt token
 * and response tokens up to the full length.
 *
 * @module
 */

import type { LanguageModel } from "../../src/architectures/language_model.ts";
import { languageModelOf } from "../../src/architectures/registry.ts";
import type { ActorCritic } from "../../src/ppo/graphs/actor_critic.ts";
import type { Sequence } from "../../src/ppo/graphs/batch_feeds.ts";
import { evaluatorGraph } from "../../src/ppo/graphs/evaluator_graph.ts";
import { layoutOf, type ParameterLayout } from "../../src/ppo/graphs/parameter_vector.ts";

/** How large a policy and its batches are. */
export interface PolicySize {
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly vocabulary: number;
  /** Tokens of each sequence, and positions that the policy knows. */
  readonly length: number;
  /** Sequences. */
  readonly batch: number;
}

/** One weight. */
export interface RandomWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** A policy with a shared critic. */
export interface RandomPolicy {
  readonly actorCritic: ActorCritic;
  readonly layout: ParameterLayout;
  readonly parameters: Float32Array<ArrayBuffer>;
  /** The same numbers, weight by weight, copied. */
  readonly weights: readonly RandomWeight[];
}

/** What an update learns from; `rows` = batch * (length - 1), sequence by sequence. */
export interface RandomBatch {
  readonly ids: Int32Array<ArrayBuffer>; // [batch * length]
  /** The token after each row's. */
  readonly actions: Int32Array<ArrayBuffer>; // [rows]
  readonly logProbs: Float32Array<ArrayBuffer>; // [rows]
  readonly values: Float32Array<ArrayBuffer>; // [rows]
  readonly advantages: Float32Array<ArrayBuffer>; // [rows]
  readonly returns: Float32Array<ArrayBuffer>; // [rows]
}

/** A pre-norm GPT-2 whose head is not tied, with weights of about GPT-2's own spread. */
export function randomPolicy(size: PolicySize): RandomPolicy {
  const model = modelOf(size);
  const actorCritic = { model, critic: "shared", temperature: 1 } as const;
  const shape = { batch: 1, length: 2 };
  const forward = { values: true, attention: false };
  const layout = layoutOf(evaluatorGraph(actorCritic, shape, forward).weights.taken);
  const parameters = new Float32Array(layout.size);
  const random = seeded(7);
  const weights = [...layout.places].map(([name, { offset, length, shape }]) => {
    // Weights of norms lie around 1. All biases are drawn too: one of 0 would hide what it is added to.
    const centre = /\bln_\w+\.weight$/.test(name) ? 1 : 0;
    for (let i = offset; i < offset + length; i++) parameters[i] = centre + 0.07 * random();
    return { name, shape, data: parameters.slice(offset, offset + length) };
  });
  return { actorCritic, layout, parameters, weights };
}

/** A batch whose probability ratios and values lie on both sides of a clip range of 0.2. */
export function randomBatch({ batch, length, vocabulary }: PolicySize): RandomBatch {
  const random = seeded(11);
  const rows = batch * (length - 1);
  const ids = Int32Array.from({ length: batch * length }, () => {
    return Math.floor((random() + 1) / 2 * vocabulary);
  });
  const around = (centre: number, spread: number) =>
    Float32Array.from({ length: rows }, () => centre + spread * random());
  return {
    ids,
    actions: ids.filter((_, at) => at % length > 0),
    logProbs: around(-Math.log(vocabulary), 0.5),
    values: around(0, 0.5),
    advantages: around(0, 1),
    returns: around(0, 1),
  };
}

/** The batch as an engine takes it, where every token but the first of a sequence is a response token. */
export function sequencesOf({ ids, actions }: RandomBatch): Sequence[] {
  const batch = ids.length - actions.length;
  const length = ids.length / batch;
  return Array.from({ length: batch }, (_, i) => ({
    ids: ids.slice(i * length, (i + 1) * length),
    promptLength: 1,
  }));
}

function modelOf(size: PolicySize): LanguageModel {
  return languageModelOf({
    architectures: ["GPT2LMHeadModel"],
    model_type: "gpt2",
    vocab_size: size.vocabulary,
    n_embd: size.hidden,
    n_layer: size.layers,
    n_head: size.heads,
    n_positions: size.length,
    tie_word_embeddings: false,
  });
}

/** Numbers in [-1, 1) that are the same in every run: Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}
