/**
 * Sampler graph: a policy that writes a whole batch of completions in one run. What all prompts have room
 * for is read at once; a loop goes on from there, and each turn reads one token of every sequence and
 * writes the next.
 *
 * Sequences advance together, so the rest of a longer prompt is written like everything else, only that
 * its tokens are forced. No sequence is shifted or masked, whatever the lengths of the prompts.
 *
 * @module
 */

import type { LanguageModel } from "../../architectures/language_model.ts";
import { beginningStep, type Cache, cachedStep } from "../../layers/frames/decoding.ts";
import { paddedBatch } from "../../layers/frames/padded.ts";
import { type FedWeights, fedWeights } from "../../layers/fed_weights.ts";
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
import { type Choice, nextToken, type Told, type Written } from "./next_token.ts";
import type { SamplingRule } from "./sampling_rule.ts";

/** What a sampler is built for. */
export interface SamplerOptions {
  /** Sequences written at once. */
  readonly batch: number;
  readonly rule: SamplingRule;
  /** Ids that end a sequence. */
  readonly ends: readonly number[];
  /** Whether log-probabilities know where it may not end yet. @default false */
  readonly masked?: boolean;
}

/** A sampler: the graph and the weights that it must be fed. */
export interface SamplerGraph {
  readonly graph: Graph;
  readonly weights: FedWeights;
}

/**
 * Inputs, beside the weights: `beginning` (scalar int64), how many tokens of every prompt are read at once, and those
 * tokens as `ids`, `positions` and `iota` of a dense batch; `turns` (scalar int64), tokens to write after the first;
 * `forced` int32, `early` float32 and `uniform` float32, `[turns + 1, batch]`, see {@linkcode Told}; `limits`
 * int32[batch], tokens after which a sequence is complete in any case.
 *
 * Outputs: `tokens` int32[written, batch] and `log_probs` float32[written, batch], the tokens behind the
 * beginning: turns + 1, or fewer where all sequences ended. What stands behind a sequence's end is of no
 * meaning.
 */
export function samplerGraph(model: LanguageModel, options: SamplerOptions): SamplerGraph {
  const { batch, masked = false } = options;
  const graph = new Graph("sampler");
  const weights = fedWeights(graph);
  const choice = { ...options, masked, model, at: new Parameters(weights) };
  const inputs = samplerInputs(graph, batch);
  const first = readBeginnings(choice, inputs);
  const initial = [first.next, first.done, ...first.caches.flatMap(inPairs)];
  const { collected } = carry(inputs.turns, { name: "write", initial }, (turn, carried) => {
    const [current, done, ...flat] = carried as [Value, Value, ...Value[]];
    const before = { current, done, caches: paired(flat) };
    const after = writeToken(choice, inputs, { ...before, turn });
    return {
      carried: [after.next, after.done, ...after.caches.flatMap(inPairs)],
      collected: [after.next, after.logProbs],
      goOn: less(reduceSum(after.done, [0]), batch),
    };
  });
  const [tokens, logProbs] = collected as [Value, Value];
  const all = (one: Value, more: Value) => concat([reshape(one, [1, batch]), more], 0);
  graph.output("tokens", all(first.next, tokens));
  graph.output("log_probs", all(first.logProbs, logProbs));
  return { graph, weights };
}

type Inputs = ReturnType<typeof samplerInputs>;

function samplerInputs(graph: Graph, batch: number) {
  const data = Array.from({ length: batch }, (_, i) => i);
  return {
    batch,
    beginning: graph.input("beginning", "int64", []),
    turns: graph.input("turns", "int64", []),
    limits: graph.input("limits", "int32", [batch]),
    forced: graph.input("forced", "int32", ["written", batch]),
    early: graph.input("early", "float32", ["written", batch]),
    uniform: graph.input("uniform", "float32", ["written", batch]),
    /** A row of each, and 0 for each. */
    rows: graph.constant({ dtype: "int64", shape: [1, batch], data }),
    noughts: graph.constant({ dtype: "int32", shape: [batch], data: data.map(() => 0) }),
  };
}

/** What one token of every sequence leaves behind. */
interface After extends Written {
  /** 1 for sequences that are complete: int32[batch]. */
  readonly done: Value;
  readonly caches: readonly Cache[];
}

/** Reads what all prompts have room for, and writes one token behind it. */
function readBeginnings(choice: Choice, inputs: Inputs): After {
  const { trunk } = choice.model;
  const { batch, beginning, noughts } = inputs;
  const length = { name: "beginning", value: beginning };
  const tokens = paddedBatch(beginning.graph, { batch, length });
  const { layers } = trunk.dimensions;
  const step = beginningStep({ batch, padded: tokens, length, layers });
  const hidden = trunk.hidden(tokens, choice.at.at(trunk.prefix), step);
  const written = nextToken(hidden, choice, toldAt(inputs, beginning.graph.scalar("int64", 0)));
  const complete = cast(lessOrEqual(inputs.limits, 1), "int32");
  return { ...written, done: max(max(noughts, complete), written.ended), caches: step.grown };
}

/** What a turn starts from. */
interface Before {
  readonly turn: Value;
  /** The tokens that were written last, `int32[batch]`. */
  readonly current: Value;
  readonly done: Value;
  readonly caches: readonly Cache[];
}

/** One token of every sequence through the model, and the next one written. */
function writeToken(
  choice: Choice,
  inputs: Inputs,
  { turn, current, done, caches }: Before,
): After {
  const { trunk } = choice.model;
  const { batch, rows, noughts, beginning, limits } = inputs;
  const step = cachedStep({ batch, caches, rows });
  const tokens = {
    ids: current,
    positions: add(noughts, cast(add(turn, beginning), "int32")),
    lengths: () => {
      throw new TypeError("Cannot sample from a policy whose angles depend on the length");
    },
  };
  const hidden = trunk.hidden(tokens, choice.at.at(trunk.prefix), step);
  const written = nextToken(hidden, choice, toldAt(inputs, add(turn, 1)));
  const complete = cast(lessOrEqual(limits, cast(add(turn, 2), "int32")), "int32");
  return { ...written, done: max(max(done, complete), written.ended), caches: step.grown };
}

/** What the host says of the token of that number. */
function toldAt({ batch, forced, early, uniform }: Inputs, number: Value): Told {
  const row = (list: Value) => reshape(gather(list, number), [batch, 1]);
  return { forced: row(forced), early: row(early), uniform: row(uniform) };
}

function inPairs({ keys, values }: Cache): Value[] {
  return [keys, values];
}

function paired(flat: readonly Value[]): Cache[] {
  return Array.from({ length: flat.length / 2 }, (_, layer) => {
    return { keys: flat[2 * layer]!, values: flat[2 * layer + 1]! };
  });
}
