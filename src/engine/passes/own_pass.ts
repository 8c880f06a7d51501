/**
 * Own pass: a measurement with a graph of its own, run over whole sequences beside the scoring pass.
 * Its session is opened by the first query that asks for it; until then it costs nothing.
 *
 * @module
 */

import { type Architecture, isGated, type Pooling } from "../../architectures/architecture.ts";
import { AbacusError, messageOf } from "../../errors.ts";
import { paddedBatch } from "../../layers/frames/padded.ts";
import { once } from "../../once.ts";
import { Parameters } from "../../layers/parameters.ts";
import { type ComputeDtype, storedWeights } from "../../layers/stored_weights.ts";
import { Graph } from "../../onnx/graph.ts";
import { prune } from "../../onnx/needed.ts";
import { cast, matmul, reshape } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import type { TensorLedger } from "../../weights/checkpoint.ts";
import type { Feeds } from "../arrays.ts";
import type { Query } from "../engine.ts";
import { expectFinite } from "../readings.ts";
import type { OwnPassMeasurement, PathRule } from "../measurements/measurement.ts";
import { measurements } from "../measurements/registry.ts";
import type { Runtime } from "../runtime.ts";
import { chunksOf, paddedFeeds, type PaddingLimits, unpadded } from "./padded_feeds.ts";
import { integralOf, type MovedSequence } from "./path.ts";

/** What the graph of an own pass is written from. */
export interface OwnPassSource {
  readonly architecture: Architecture;
  readonly weights: TensorLedger;
  /** @default "float32" */
  readonly dtype?: ComputeDtype;
  /** What each label weighs in the score. */
  readonly labelWeights: readonly number[];
}

/** The names of the measurements with a pass of their own. */
export type OwnPassName = {
  [Name in keyof typeof measurements]: typeof measurements[Name] extends OwnPassMeasurement ? Name
    : never;
}[keyof typeof measurements];

/** Those names, in the order of the registry. */
export const ownPassNames = Object.entries(measurements).flatMap(([name, { pass }]) =>
  pass === "own" ? [name as OwnPassName] : []
);

/**
 * The graph of a measurement. Its one output has the measurement's name: one number per token,
 * `float32[tokens]`, or several.
 *
 * Inputs are those of a padded batch (`ids`, `positions`, where the family reads them `iota`, `lengths`
 * and `types`), its `length`, `int64[]`, and `pool`, `float32[batch, length]`: what each token weighs
 * in the pooled state of its sequence; where the head has a gate, `gate` likewise; of a measurement along a
 * path `share`, `float32[tokens]`: how far each token has come.
 */
export function ownPassGraph(name: OwnPassName, source: OwnPassSource): Graph {
  const { architecture, weights, labelWeights, dtype = "float32" } = source;
  const graph = new Graph(`${architecture.family}.${name}`);
  const length = { name: "length", value: graph.input("length", "int64", []) };
  const poolWeights = once(() => graph.input("pool", "float32", ["batch", length.name]));
  const { hidden } = architecture.dimensions;
  const sumOf = (states: Value, weights: Value) => {
    const apart = reshape(cast(states, "float32"), [{ rest: "batch" }, length, hidden]);
    const pooled = matmul(reshape(weights, [{ rest: "batch" }, 1, length]), apart);
    return reshape(pooled, [{ rest: "batch" }, hidden]);
  };
  const gate = (states: Value) =>
    sumOf(states, graph.input("gate", "float32", ["batch", length.name]));
  const perToken = measurements[name].write({
    architecture,
    parameters: new Parameters(storedWeights(graph, weights, dtype)),
    batch: paddedBatch(graph, { length, attention: architecture.attention }),
    labelWeights,
    length,
    pool: (states) => sumOf(states, poolWeights()),
    gate: isGated(architecture.pooling) ? gate : () => undefined,
    poolWeights,
    share: () => graph.input("share", "float32", ["tokens"]),
  });
  graph.output(name, cast(perToken, "float32"));
  prune(graph); // a measurement may read less than the trunk computes
  return graph;
}

/** What a pass found. */
export interface Measured {
  /** By the index of each query that asks: one number per token of its sequence. */
  readonly numbers: ReadonlyMap<number, Float32Array>;
  /** Tokens that went through the pass: those of queries that are alike once. */
  readonly computedTokens: number;
  readonly inferenceMs: number;
}

/** How a pass is run. */
export interface OwnPassOptions {
  readonly name: OwnPassName;
  /** Writes its graph. */
  readonly graph: () => Graph;
  readonly pooling: Pooling;
  readonly limits: PaddingLimits;
  /** How it follows a path. @default it reads sequences as they are */
  readonly rule?: PathRule | undefined;
}

/** One measurement of queries, by a session of its own in a runtime that it does not own. */
export class OwnPass {
  readonly #runtime: Pick<Runtime, "load" | "run">;
  readonly #options: OwnPassOptions;
  #loaded: Promise<unknown> | undefined;

  constructor(runtime: Pick<Runtime, "load" | "run">, options: OwnPassOptions) {
    this.#runtime = runtime;
    this.#options = options;
  }

  /**
   * Measures the queries that ask for it.
   *
   * @throws {AbacusError} `model_failure` at `[i]`, a query that asks: where the session cannot be
   * opened or run, and where its numbers are not finite. The next call tries again.
   */
  async run(queries: readonly Query[]): Promise<Measured> {
    const { name, rule, limits, pooling } = this.#options;
    const asking = queries.map((query) => asks(query, name) ? query : undefined);
    const sequences = distinct(asking, pooling);
    const numbers = new Map<number, Float32Array>();
    let [computedTokens, inferenceMs] = [0, 0];
    for (const chunk of rule === undefined ? chunksOf(sequences, limits) : singly(sequences)) {
      const together = chunk.map((i) => sequences[i]!);
      const found = await this.#compute(together);
      found.numbers.forEach((own, i) => {
        for (const asker of together[i]!.askers) {
          expectFinite(own, { what: measurements[name].what, index: asker });
          numbers.set(asker, own.slice());
        }
      });
      computedTokens += found.computedTokens;
      inferenceMs += found.inferenceMs;
    }
    return { numbers, computedTokens, inferenceMs };
  }

  /** The numbers of sequences that run together, or of one along its path. */
  async #compute(together: readonly Asked[]) {
    const { rule, limits } = this.#options;
    const [first] = together;
    let inferenceMs = 0;
    const ask = async (feeds: Feeds) => {
      const { output, runMs } = await this.#ask(feeds, first!);
      inferenceMs += runMs;
      return output;
    };
    if (rule === undefined) {
      const numbers = unpadded(await ask(paddedFeeds(together)), together);
      const computedTokens = together.reduce((sum, { ids }) => sum + ids.length, 0);
      return { numbers, computedTokens, inferenceMs };
    }
    const { numbers, points } = await integralOf(first!, { rule, limits, ask });
    return { numbers: [numbers], computedTokens: points * first!.ids.length, inferenceMs };
  }

  /** What fails, fails for the first query that asks. */
  async #ask(feeds: Feeds, { askers: [query = 0] }: Asked) {
    const { name } = this.#options;
    await orFailure({ verb: "open", name, query }, () => this.#ready());
    const { outputs, runMs } = await orFailure(
      { verb: "run", name, query },
      () => this.#runtime.run(name, feeds),
    );
    return { output: outputs[name]!, runMs };
  }

  /** Opens the session once, however many calls wait for it. */
  async #ready(): Promise<void> {
    const { name, graph } = this.#options;
    this.#loaded ??= (async () => await this.#runtime.load(name, graph()))();
    try {
      await this.#loaded;
    } catch (error) {
      this.#loaded = undefined;
      throw error;
    }
  }
}

/** Whether a query asks for a measurement. */
export function asks({ measure }: Query, name: OwnPassName): boolean {
  return measure.includes(name);
}

/** A sequence, and the indices of the queries that are about it. */
interface Asked extends MovedSequence {
  readonly askers: number[];
}

/** The sequences that differ. */
function distinct(
  queries: readonly (Query | undefined)[],
  pooling: Pooling,
): readonly Asked[] {
  const gated = isGated(pooling);
  const known = new Map<string, Asked>();
  for (const [i, query] of queries.entries()) {
    if (query === undefined) continue;
    const { ids, types, pool, moved } = query;
    const key = `${pool.join()}:${ids.join()}:${types?.join() ?? ""}:${moved?.join() ?? ""}`;
    const read = gated ? { pool: pool.slice(1), gate: pool[0] } : { pool };
    const asked = known.get(key) ?? { ids, types, ...read, moved, askers: [] };
    asked.askers.push(i);
    known.set(key, asked);
  }
  return [...known.values()];
}

function singly(sequences: readonly unknown[]): number[][] {
  return [...sequences.keys()].map((at) => [at]);
}

async function orFailure<Result>(
  { verb, name, query }: { verb: string; name: OwnPassName; query: number },
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AbacusError && error.kind === "overloaded") throw error;
    throw new AbacusError(
      "model_failure",
      `Cannot ${verb} the model's ${name} pass: ${messageOf(error)}`,
      { path: `[${query}]`, cause: error },
    );
  }
}
