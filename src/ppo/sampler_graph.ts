/**
 * Sampler graph: a policy that writes a whole batch of completions in one run. A loop goes over
 * positions; each turn reads one token of every sequence and writes the next.
 *
 * Sequences begin together, so a prompt is written like everything else, only that its tokens are
 * forced. No sequence is shifted or masked, whatever the lengths of the prompts.
 *
 * @module
 */

import type { LanguageModel } from "../architectures/language_model.ts";
import type { Heads } from "../layers/frame.ts";
import { type Cache, cachedStep, cacheShapes } from "../layers/cached.ts";
import { type FedWeights, fedWeights } from "../layers/fed_weights.ts";
import { Parameters } from "../layers/parameters.ts";
import { Graph } from "../onnx/graph.ts";
import {
  add,
  and,
  carry,
  cast,
  equal,
  expand,
  gather,
  gatherElements,
  greater,
  less,
  lessOrEqual,
  log,
  max,
  mul,
  reduceSum,
  reshape,
  slice,
  softmax,
  where,
} from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import { draw } from "./draw.ts";
import { forbid, restrict, type SamplingRule } from "./sampling_rule.ts";

/** What a sampler is built for. */
export interface SamplerOptions {
  /** Sequences written at once. */
  readonly batch: number;
  readonly rule: SamplingRule;
  /** Ids that end a sequence. */
  readonly ends: readonly number[];
}

/** A sampler: the graph and the weights that it must be fed. */
export interface SamplerGraph {
  readonly graph: Graph;
  readonly weights: FedWeights;
}

/**
 * Inputs, beside the weights: `turns` (scalar int64, tokens to write after the first at most), `none` (scalar int64, 0),
 * `first` int32[batch], `forced` int32[turns, batch] (the next token, or -1 where one is drawn),
 * `early` float32[turns, batch] (1 where the sequence may not end), `uniform` float32[turns, batch], `limits`
 * int32[batch] (turns after which a sequence is complete in any case).
 *
 * Outputs: `tokens` int32[turns, batch] and `log_probs` float32[turns, batch], of fewer turns where
 * all sequences ended. What stands behind a sequence's end is of no meaning.
 */
export function samplerGraph(model: LanguageModel, options: SamplerOptions): SamplerGraph {
  const { batch } = options;
  const graph = new Graph("sampler");
  const weights = fedWeights(graph);
  const inputs = samplerInputs(graph, batch);
  const write = writer(model, { ...options, graph, at: new Parameters(weights) });
  const initial = [inputs.first, inputs.unfinished, ...emptyCaches(model, inputs.none, batch)];
  const { collected } = carry(inputs.turns, { name: "write", initial }, (turn, carried) => {
    const [current, finished, ...flat] = carried as [Value, Value, ...Value[]];
    const row = (list: Value) => reshape(gather(list, turn), [batch, 1]);
    const step = write({ turn, current, caches: paired(flat) }, {
      forced: row(inputs.forced),
      early: row(inputs.early),
      uniform: row(inputs.uniform),
    });
    const after = cast(add(turn, 1), "int32"); // tokens written when this turn is over
    const complete = cast(lessOrEqual(inputs.limits, after), "int32");
    const done = max(max(finished, complete), step.ended); // [batch]
    return {
      carried: [step.next, done, ...step.caches.flatMap(({ keys, values }) => [keys, values])],
      collected: [step.next, step.logProbs],
      goOn: less(reduceSum(done, [0]), batch),
    };
  });
  const [tokens, logProbs] = collected;
  graph.output("tokens", tokens!);
  graph.output("log_probs", logProbs!);
  return { graph, weights };
}

function samplerInputs(graph: Graph, batch: number) {
  const data = Array.from({ length: batch }, () => 0);
  return {
    turns: graph.input("turns", "int64", []),
    none: graph.input("none", "int64", []),
    first: graph.input("first", "int32", [batch]),
    limits: graph.input("limits", "int32", [batch]),
    forced: graph.input("forced", "int32", ["turns", batch]),
    early: graph.input("early", "float32", ["turns", batch]),
    uniform: graph.input("uniform", "float32", ["turns", batch]),
    unfinished: graph.constant({ dtype: "int32", shape: [batch], data }),
  };
}

/** What a turn starts from. */
interface Before {
  readonly turn: Value;
  /** `int32[batch]` */
  readonly current: Value;
  readonly caches: readonly Cache[];
}

/** What the host says of a turn, `[batch, 1]` each. */
interface Told {
  readonly forced: Value;
  readonly early: Value;
  readonly uniform: Value;
}

/** What a turn comes to: `int32[batch]`, `float32[batch]`, `int32[batch]` of 0 and 1. */
interface After {
  readonly next: Value;
  readonly logProbs: Value;
  readonly ended: Value;
  readonly caches: readonly Cache[];
}

type Write = (before: Before, told: Told) => After;

/** One token of every sequence through the model, and the next one drawn. */
function writer(
  model: LanguageModel,
  { graph, at, batch, rule, ends }: SamplerOptions & { graph: Graph; at: Parameters },
): Write {
  const { trunk } = model;
  const data = Array.from({ length: batch }, (_, i) => i);
  const rows = graph.constant({ dtype: "int64", shape: [1, batch], data });
  const nought = graph.constant({ dtype: "int32", shape: [batch], data: data.map(() => 0) });
  return ({ turn, current, caches }, { forced, early, uniform }) => {
    const step = cachedStep({ batch, caches, rows });
    const tokens = {
      ids: current,
      positions: add(nought, cast(turn, "int32")),
      lengths: () => {
        throw new TypeError("Cannot sample from a policy whose angles depend on the length");
      },
    };
    const hidden = trunk.hidden(tokens, at.at(trunk.prefix), step);
    const probabilities = softmax(scaledLogits(model, hidden, { at, rule })); // [batch, vocabulary]
    const drawn = draw(restrict(forbid(probabilities, early, ends), rule), uniform);
    const free = less(forced, 0);
    const next = where(free, drawn, forced); // [batch, 1]
    const ended = and(free, greater(anyOf(next, ends), 0));
    return {
      next: reshape(next, [batch]),
      logProbs: reshape(log(gatherElements(probabilities, next, 1)), [batch]),
      ended: reshape(cast(ended, "int32"), [batch]),
      caches: step.grown,
    };
  };
}

/** The head is linear, so the few columns of its input are divided by the temperature. */
function scaledLogits(
  model: LanguageModel,
  hidden: Value,
  { at, rule }: { at: Parameters; rule: SamplingRule },
): Value {
  const { temperature } = rule;
  return model.logits(temperature === 1 ? hidden : mul(hidden, 1 / temperature), at);
}

/** How many of the ids a token is: 0 or 1. */
function anyOf(tokens: Value, ids: readonly number[]): Value {
  return ids.map((id) => cast(equal(tokens, id), "int32")).reduce(add, mul(tokens, 0));
}

/** Caches of no tokens; their extents must not look constant, for they grow. */
function emptyCaches({ trunk }: LanguageModel, none: Value, batch: number): Value[] {
  const { layers, groups, headWidth: width } = trunk.dimensions;
  const { graph } = none;
  const shape = { groups, width } satisfies Pick<Heads, "groups" | "width">;
  const { keys, values } = cacheShapes(batch, shape);
  const empty = (shape: readonly (number | string)[]) => {
    const axis = shape.findIndex((dim) => typeof dim === "string");
    const one = shape.map((dim) => typeof dim === "string" ? 1 : dim);
    const zeros = expand(graph.scalar("float32", 0), one);
    return slice(zeros, { axis, start: 0, end: none });
  };
  return Array.from({ length: layers }, () => [empty(keys), empty(values)]).flat();
}

function paired(flat: readonly Value[]): Cache[] {
  return Array.from({ length: flat.length / 2 }, (_, layer) => {
    return { keys: flat[2 * layer]!, values: flat[2 * layer + 1]! };
  });
}
