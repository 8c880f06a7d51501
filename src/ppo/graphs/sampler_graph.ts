/**
 * Sampler graph: generates a whole batch of completions in one run of the model. Prefill reads the
 * tokens that all prompts have, up to the length of the shortest; a loop of decode steps then reads one
 * token per sequence and samples the next.
 *
 * All sequences advance together. The rest of a longer prompt goes through the same steps, with its
 * tokens forced instead of sampled, so that no sequence is shifted, padded or masked.
 *
 * @module
 */

import type { LanguageModel } from "../../architectures/language_model.ts";
import { type Cache, decodeStep, prefill } from "../../layers/frames/decoding.ts";
import { paddedBatch } from "../../layers/frames/padded.ts";
import { Parameters } from "../../layers/parameters.ts";
import { Graph } from "../../onnx/graph.ts";
import {
  add,
  carry,
  cast,
  concat,
  gather,
  less,
  lessOrEqual,
  max,
  reduceSum,
  reshape,
} from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import {
  nextToken,
  type NextTokenOptions,
  type SampledTokens,
  type TokenInputs,
} from "./next_token.ts";
import { type PolicyWeights, policyWeights } from "./policy_weights.ts";
import type { SamplingRule } from "./token_sampling.ts";
import type { TrainedAdapter } from "./trained_adapter.ts";

/** Options of a sampler graph. */
export interface SamplerOptions {
  /** Sequences that are generated at once. */
  readonly batch: number;
  readonly rule: SamplingRule;
  /** Token ids that end a sequence. */
  readonly eosIds: readonly number[];
  /** Whether log-probabilities leave out EOS tokens where they are not allowed. @default false */
  readonly masked?: boolean;
  /** @default the policy has none */
  readonly adapter?: TrainedAdapter | undefined;
}

/** A sampler: the graph and the weights that it must be fed. */
export interface SamplerGraph {
  readonly graph: Graph;
  readonly weights: PolicyWeights;
}

/**
 * Inputs, beside the weights:
 *
 * - `prefix` int64 scalar: tokens of every prompt that prefill reads; those tokens as `ids`, `positions`
 *   and `iota` of a padded batch
 * - `steps` int64 scalar: tokens to generate after the first
 * - `limits` int32[batch]: generated tokens after which a sequence is complete
 * - `forced` int32, `early` float32, `uniform` float32, `[steps + 1, batch]`: see {@linkcode TokenInputs}
 *
 * Outputs: `tokens` int32[generated, batch] and `log_probs` float32[generated, batch], the tokens after
 * the prefix: steps + 1 of them, or fewer if all sequences ended before. Entries after the end of a
 * sequence are undefined.
 */
export function samplerGraph(model: LanguageModel, options: SamplerOptions): SamplerGraph {
  const { batch, masked = false } = options;
  const graph = new Graph("sampler");
  const weights = policyWeights(graph, options);
  const sampler = { ...options, masked, model, at: new Parameters(weights) };
  const inputs = samplerInputs(graph, batch);
  const first = prefillPrompts(sampler, inputs);
  const initial = [first.tokens, first.done, ...first.caches.flatMap(flattened)];
  const { collected } = carry(inputs.steps, { name: "decode", initial }, (step, carried) => {
    const [current, done, ...flat] = carried as [Value, Value, ...Value[]];
    const after = decode(sampler, inputs, { step, current, done, caches: unflattened(flat) });
    return {
      carried: [after.tokens, after.done, ...after.caches.flatMap(flattened)],
      collected: [after.tokens, after.logProbs],
      goOn: less(reduceSum(after.done, [0]), batch),
    };
  });
  const [tokens, logProbs] = collected as [Value, Value];
  const all = (one: Value, more: Value) => concat([reshape(one, [1, batch]), more], 0);
  graph.output("tokens", all(first.tokens, tokens));
  graph.output("log_probs", all(first.logProbs, logProbs));
  return { graph, weights };
}

type Inputs = ReturnType<typeof samplerInputs>;

function samplerInputs(graph: Graph, batch: number) {
  const data = Array.from({ length: batch }, (_, i) => i);
  return {
    batch,
    prefix: graph.input("prefix", "int64", []),
    steps: graph.input("steps", "int64", []),
    limits: graph.input("limits", "int32", [batch]),
    forced: graph.input("forced", "int32", ["written", batch]),
    early: graph.input("early", "float32", ["written", batch]),
    uniform: graph.input("uniform", "float32", ["written", batch]),
    rows: graph.constant({ dtype: "int64", shape: [1, batch], data }),
    zeros: graph.constant({ dtype: "int32", shape: [batch], data: data.map(() => 0) }),
  };
}

/** State after one generated token of every sequence. */
interface DecoderState extends SampledTokens {
  /** 1 for sequences that are complete: int32[batch]. */
  readonly done: Value;
  readonly caches: readonly Cache[];
}

/** Reads the common prefix of the prompts and generates the token after it. */
function prefillPrompts(sampler: NextTokenOptions, inputs: Inputs): DecoderState {
  const { trunk } = sampler.model;
  const { batch, prefix, zeros } = inputs;
  const { graph } = prefix;
  const length = { name: "prefix", value: prefix };
  const padded = paddedBatch(graph, { batch, length });
  const frames = prefill({ batch, padded, length, layers: trunk.dimensions.layers });
  const hidden = trunk.hidden(padded, sampler.at.at(trunk.prefix), frames);
  const sampled = nextToken(hidden, sampler, tokenInputs(inputs, graph.scalar("int64", 0)));
  const complete = cast(lessOrEqual(inputs.limits, 1), "int32");
  return { ...sampled, done: max(max(zeros, complete), sampled.ended), caches: frames.caches };
}

/** State before a decode step. */
interface DecodeInputs {
  /** From 0: int64 scalar. */
  readonly step: Value;
  /** The tokens generated last: int32[batch]. */
  readonly current: Value;
  readonly done: Value;
  readonly caches: readonly Cache[];
}

/** Reads one token of every sequence and generates the next. */
function decode(
  sampler: NextTokenOptions,
  inputs: Inputs,
  { step, current, done, caches }: DecodeInputs,
): DecoderState {
  const { trunk } = sampler.model;
  const { batch, rows, zeros, prefix, limits } = inputs;
  const frames = decodeStep({ batch, past: caches, rows });
  const tokens = {
    ids: current,
    positions: add(zeros, cast(add(step, prefix), "int32")),
    lengths: () => {
      throw new TypeError("Cannot sample from a policy whose angles depend on the length");
    },
  };
  const hidden = trunk.hidden(tokens, sampler.at.at(trunk.prefix), frames);
  const sampled = nextToken(hidden, sampler, tokenInputs(inputs, add(step, 1)));
  const complete = cast(lessOrEqual(limits, cast(add(step, 2), "int32")), "int32");
  return { ...sampled, done: max(max(done, complete), sampled.ended), caches: frames.caches };
}

/** The inputs that belong to one generated token of every sequence. */
function tokenInputs({ batch, forced, early, uniform }: Inputs, index: Value): TokenInputs {
  const row = (list: Value) => reshape(gather(list, index), [batch, 1]);
  return { forced: row(forced), early: row(early), uniform: row(uniform) };
}

function flattened({ keys, values }: Cache): Value[] {
  return [keys, values];
}

function unflattened(flat: readonly Value[]): Cache[] {
  return Array.from({ length: flat.length / 2 }, (_, layer) => {
    return { keys: flat[2 * layer]!, values: flat[2 * layer + 1]! };
  });
}
